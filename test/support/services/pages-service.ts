import type { Env } from '../../../src/config/config.ts';
import { shippedDomains } from '../../../src/domains.ts';
import { createFileDirectory } from '../files/file-directory.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { createTestDatabase } from '../postgres/postgres.ts';
import { startTestService, type TestService } from './service.ts';

/** The service in insecure mode with every domain that ships, each with its demo rows, and all their pages. */
export async function startPagesService(env: Env = {}): Promise<TestService> {
  const domains = shippedDomains.map(({ name }) => name);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase({ domains }));
  {
    await using connection = await openTestDatabase(database.url);
    for (const domain of shippedDomains) await domain.seed?.(connection.db);
  }
  const { directory } = opened.use(await createFileDirectory());
  const mounted = { DOMAINS: domains.join(), FILES_DIRECTORY: directory };
  const service = opened.use(await startTestService({ database, env: { ...mounted, ...env } }));
  const owned = opened.move();
  return { ...service, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
