import { join } from 'node:path';
import { Argument } from 'commander';
import { parseConfig, readEnv } from '../config/config.ts';
import { openDatabase } from '../db/connection/open.ts';
import { openEmbedded } from '../db/embedded/embedded.ts';
import { migratableDomains } from '../db/migrate/migrate.ts';
import { installTriggers, removeTriggers, stateOf } from '../db/triggers/triggers.ts';
import { shippedDomains } from '../domains.ts';
import { createLogger } from '../logger.ts';
import { commandLine, runCommandLine } from './command-line.ts';

const actions = ['install', 'remove', 'status'] as const;
type Action = (typeof actions)[number];

const command = commandLine(
  'bun run db:triggers',
  'Make the tables of the applications publish every change, by any program; run db:migrate first',
)
  .addArgument(new Argument('<action>', 'what to do with the triggers').choices(actions))
  .action(async (action: Action) => {
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
      .flatMap((domain) => domain.tables ?? [])
      .map((table) => ({ zone: config.timestampZone, ...table }));
    await database.transaction(async (_, query) => {
      if (action === 'install') await installTriggers(query, tables);
      if (action === 'remove') await removeTriggers(query, tables);
    });
    for (const table of tables) {
      const state = await stateOf(database.query, table);
      // Tables in a schema of ours come with the migrations of a domain that nobody mounts here.
      if (state === 'no table' && table.schema) continue;
      const name = table.schema ? `${table.schema}.${table.table}` : table.table;
      process.stdout.write(`${name}: ${state}\n`);
    }
  });

await runCommandLine(command);
