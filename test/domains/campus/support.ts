import type { Env } from '../../../src/config/config.ts';
import type { Issue } from '../../../src/domains/campus/model.ts';
import { seedCampus } from '../../../src/domains/campus/seed.ts';
import { openSse, type SseClient } from '../../support/clients/sse-client.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import {
  type Answer,
  startTestService,
  type TestService,
  type TestServiceOptions,
} from '../../support/services/service.ts';

/** A member of an organisation, in insecure mode. */
export interface Member {
  readonly userId: string;
  readonly tenants: readonly string[];
}

export const northfield: Member = { userId: 'student1', tenants: ['org123'] };
export const staff: Member = { userId: 'staff1', tenants: ['org123'] };
export const admin: Member = { userId: 'admin1', tenants: ['org123'] };
export const harbour: Member = { userId: 'student9', tenants: ['org456'] };

export interface Campus extends TestService {
  /** Calls as a member, or as the service itself; `method` is POST where there is a body, else GET. */
  call(who: Member | undefined, path: string, body?: object, method?: string): Promise<Answer>;
  /** Creates an issue in the library of org123, and returns it. */
  report(title: string, fields?: object): Promise<Issue>;
  stream(who: Member | undefined, path: string, lastEventId?: string): Promise<SseClient>;
}

export async function createCampusDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ domains: ['campus'] });
  await using connection = await openTestDatabase(database.url);
  await seedCampus(connection.db);
  return database;
}

const limits = {
  LIMIT_REQUESTS_PER_MINUTE: '100000',
  LIMIT_STREAMS_PER_USER: '100',
  LIMIT_SOCKETS_PER_USER: '100',
};

/** A service with the campus alone and its demo rows: issue123 and issue124 of org123, issue456 of org456. */
export async function startCampus(env: Env = {}, options: TestServiceOptions = {}): Promise<Campus> {
  await using opened = new AsyncDisposableStack();
  const database = options.database ?? opened.use(await createCampusDatabase());
  const service = opened.use(
    await startTestService({ ...options, database, env: { DOMAINS: 'campus', ...limits, ...env } }),
  );
  const owned = opened.move();
  const call: Campus['call'] = async (who, path, body, method = body ? 'POST' : 'GET') => {
    const response = await fetch(service.url + path, {
      method,
      headers: { ...headersOf(who), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      keepalive: false,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return {
    ...service,
    call,
    async report(title, fields = {}) {
      const place = { campusId: 'campus123', buildingId: 'building123' };
      const { status, body } = await call(northfield, '/api/issues', { title, ...place, ...fields });
      if (status !== 200) throw new Error(`The report was answered with ${JSON.stringify(body)}.`);
      return (body as { data: Issue }).data;
    },
    stream: (who, path, lastEventId) =>
      openSse(service.url + path, {
        ...headersOf(who),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function headersOf(who: Member | undefined): Record<string, string> {
  return who ? { 'x-user-id': who.userId, 'x-tenants': who.tenants.join() } : {};
}

/** The `{type, data, timestamp}` of the next event of a feed that is no heartbeat. */
export async function nextEvent(client: SseClient, timeoutMs?: number): Promise<FeedFrame> {
  for (;;) {
    const { id, data } = await client.next('message', timeoutMs);
    const frame = data as Omit<FeedFrame, 'id'>;
    if (frame.type !== 'heartbeat') return { ...frame, id };
  }
}

export interface FeedFrame {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: unknown;
  readonly timestamp: string;
}
