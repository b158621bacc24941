import { join } from 'node:path';
import { ConfigError, parseConfig, readEnv } from '../config.ts';
import { openEmbedded } from '../db/embedded.ts';
import { migratableDomains, migrate } from '../db/migrate.ts';
import { createLogger } from '../logger.ts';

/** Brings the database up to date: `bun run db:migrate`. Without DATABASE_URL it is the embedded one. */
async function main(): Promise<void> {
  const { config, secrets } = parseConfig(readEnv(), migratableDomains());
  const log = createLogger(config.logLevel);
  const { domains } = config;
  const { driver } = config.database;
  const url = secrets.databaseUrlDirect ?? secrets.databaseUrl;
  if (url) return migrate({ url, driver, domains, log });
  await using embedded = await openEmbedded({ directory: join(import.meta.dir, '../../.data'), log });
  await migrate({ url: embedded.url, domains, log });
}

try {
  await main();
} catch (error) {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${message}${cause instanceof Error ? ` (${cause.message})` : ''}\n`);
  process.exitCode = error instanceof ConfigError ? error.exitCode : 1;
}
