import type { Env } from '../../../src/config/config.ts';
import { seedVenues } from '../../../src/domains/venues/seed.ts';
import type { Ports } from '../../../src/extension/ports.ts';
import type { PublicationFrame } from '../../../src/protocol/frames/publication-frames.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { type Answer, startTestService, type TestService } from '../../support/services/service.ts';

export type Item = {
  -readonly [K in keyof typeof PublicationFrame.static]: (typeof PublicationFrame.static)[K];
};

export interface Venues extends TestService {
  /** `ws://127.0.0.1:port/ws`. */
  readonly teamSocketUrl: string;
  /** Calls as the user, in insecure mode; `method` is POST where there is a body, else GET. */
  call(who: string, path: string, body?: object, method?: string): Promise<Answer>;
}

/** A service with the venues alone and their demo rows, in insecure mode unless `env` says otherwise. */
export async function startVenues(env: Env = {}, ports: Ports = {}): Promise<Venues> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase({ domains: ['venues'] }));
  await using connection = await openTestDatabase(database.url);
  await seedVenues(connection.db);
  const limits = { LIMIT_REQUESTS_PER_MINUTE: '100000', LIMIT_SOCKETS_PER_USER: '100' };
  const service = opened.use(
    await startTestService({ database, env: { DOMAINS: 'venues', ...limits, ...env }, ports }),
  );
  const owned = opened.move();
  return {
    ...service,
    teamSocketUrl: service.socketUrl.replace('/ws/realtime', '/ws'),
    async call(who, path, body, method = body ? 'POST' : 'GET') {
      const [userId = '', role = 'user'] = who.split('/');
      const response = await fetch(service.url + path, {
        method,
        headers: { 'content-type': 'application/json', 'x-user-id': userId, 'x-role': role },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text ? JSON.parse(text) : undefined,
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
