import { join } from 'node:path';
import { ConfigError, parseConfig, readEnv } from '../config.ts';
import { openEmbedded } from '../db/embedded.ts';
import { migratableDomains } from '../db/migrate.ts';
import { openDatabase } from '../db/open.ts';
import { installTriggers, removeTriggers, stateOf } from '../db/triggers.ts';
import { shippedDomains } from '../domains.ts';
import { createLogger } from '../logger.ts';

/**
 * Makes the applications' own tables publish whatever program changes them: `bun run db:triggers install`, `remove`,
 * `status`. Run `db:migrate` first. Without DATABASE_URL it is the embedded database.
 */
async function main(command: string | undefined): Promise<void> {
  if (command !== 'install' && command !== 'remove' && command !== 'status') {
    throw new Error('Say what to do: bun run db:triggers install | remove | status');
  }
  const { config, secrets } = parseConfig(readEnv(), migratableDomains());
  const log = createLogger('warn');
  await using opened = new AsyncDisposableStack();
  const url =
    secrets.databaseUrlDirect ??
    secrets.databaseUrl ??
    opened.use(await openEmbedded({ directory: join(import.meta.dir, '../../.data'), log })).url;
  const database = opened.use(await openDatabase({ url, ...config.database, log }));
  const tables = shippedDomains
    .filter(({ name }) => config.domains.includes(name))
    .flatMap((domain) => domain.tables ?? []);
  await database.transaction(async (_, query) => {
    if (command === 'install') await installTriggers(query, tables);
    if (command === 'remove') await removeTriggers(query, tables);
  });
  for (const table of tables) {
    process.stdout.write(`${table.table}: ${await stateOf(database.query, table)}\n`);
  }
}

try {
  await main(process.argv[2]);
} catch (error) {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${message}${cause instanceof Error ? ` (${cause.message})` : ''}\n`);
  process.exitCode = error instanceof ConfigError ? error.exitCode : 1;
}
