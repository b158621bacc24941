import { type Database, openDatabase } from '../../db/connection/open.ts';
import { openEmbedded } from '../../db/embedded/embedded.ts';
import { createLogger } from '../../logger.ts';
import { embeddedDirectory } from '../../storage.ts';
import type { Deployment } from './deployment.ts';

/** The address without a pooler in between, of the database of DATABASE_URL or of the embedded one. */
export async function directUrl(
  { secrets }: Pick<Deployment, 'secrets'>,
  opened: AsyncDisposableStack,
): Promise<string> {
  const given = secrets.databaseUrlDirect ?? secrets.databaseUrl;
  if (given !== undefined) return given;
  return opened.use(await openEmbedded({ directory: embeddedDirectory(), log: createLogger('warn') })).url;
}

/** The database of a command, closed with `opened`. */
export async function openFor(
  deployment: Pick<Deployment, 'config' | 'secrets'>,
  opened: AsyncDisposableStack,
): Promise<Database> {
  const url = await directUrl(deployment, opened);
  return opened.use(await openDatabase({ url, ...deployment.config.database, log: createLogger('warn') }));
}
