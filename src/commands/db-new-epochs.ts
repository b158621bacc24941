import { parseConfig, readEnv } from '../config/config.ts';
import { openDatabase } from '../db/connection/open.ts';
import { readFacts } from '../db/identity/facts.ts';
import { renewEpochs } from '../db/identity/renewal.ts';
import { migratableDomains } from '../db/migrate/migrate.ts';
import { createLogger } from '../logger.ts';
import { commandLine, runCommandLine } from './command-line.ts';

const command = commandLine(
  'bun run db:new-epochs',
  'Give every channel of the database of DATABASE_URL a new epoch, so that no client takes an older position for a present one; for a database that was put back in a way that the server does not notice',
).action(async () => {
  const { config, secrets } = parseConfig(readEnv(), migratableDomains());
  const url = secrets.databaseUrlDirect ?? secrets.databaseUrl;
  if (!url) throw new Error('Set DATABASE_URL: the embedded database is made anew by bun run db:reset.');
  await using database = await openDatabase({ url, ...config.database, log: createLogger('warn') });
  const { wal: _, ...facts } = await readFacts(database.query);
  const channels = await renewEpochs(database.query, facts, true);
  process.stdout.write(`${channels} channels have a new epoch.\n`);
});

await runCommandLine(command);
