import { join } from 'node:path';
import { parseConfig, readEnv } from '../config/config.ts';
import { openEmbedded } from '../db/embedded/embedded.ts';
import { migratableDomains, migrate } from '../db/migrate/migrate.ts';
import { createLogger } from '../logger.ts';
import { commandLine, runCommandLine } from './command-line.ts';

const command = commandLine(
  'bun run db:migrate',
  'Bring the tables of the mounted domains up to date, in the database of DATABASE_URL or the embedded one',
).action(async () => {
  const { config, secrets } = parseConfig(readEnv(), migratableDomains());
  const log = createLogger(config.logLevel);
  const { domains } = config;
  const { driver } = config.database;
  const url = secrets.databaseUrlDirect ?? secrets.databaseUrl;
  if (url) return migrate({ url, driver, domains, log });
  await using embedded = await openEmbedded({ directory: join(import.meta.dir, '../../.data'), log });
  await migrate({ url: embedded.url, domains, log });
});

await runCommandLine(command);
