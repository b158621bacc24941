import { join } from 'node:path';
import type { Config, Secrets } from './config/settings.ts';
import { type Database, openDatabase, type Query } from './db/connection/open.ts';
import { openEmbedded } from './db/embedded/embedded.ts';
import { ClusterWatch } from './db/identity/cluster-watch.ts';
import { migrate } from './db/migrate/migrate.ts';
import { neededTables } from './db/migrate/needed.ts';
import { SchemaWatch } from './db/migrate/schema-watch.ts';
import type { Domain } from './extension/domain.ts';
import { componentLogger, type Logger } from './logger.ts';

export interface Storage {
  readonly database: Database;
  /** The address on which sessions last, for LISTEN and migrations; the pooled address when there is no other. */
  readonly directUrl: string;
  readonly cluster: ClusterWatch;
  readonly schema: SchemaWatch;
}

interface StorageOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  /** The domains whose tables the database is to have. */
  readonly domains: readonly Domain[];
}

/** The place of the embedded database: below the working directory, so that each application has its own. */
export const embeddedDirectory = () => join(process.cwd(), '.data');

/** The database of this process; in development migrated, and without an address an embedded one with demo rows. */
export async function openStorage(
  { config, secrets, logger, domains }: StorageOptions,
  opened: AsyncDisposableStack,
): Promise<Storage> {
  const log = componentLogger(logger, 'db');
  let url = secrets.databaseUrl;
  if (!url) {
    const embedded = opened.use(await openEmbedded({ directory: embeddedDirectory(), log }));
    url = embedded.url;
  }
  const directUrl = secrets.databaseUrlDirect ?? url;
  if (config.environment !== 'production') {
    await migrate({ url: directUrl, driver: config.database.driver, domains, log });
  }
  const cluster = new ClusterWatch(log);
  const tables = domains.flatMap((domain) => neededTables(domain.schema ?? {}));
  const schema = new SchemaWatch({ domains, tables, log });
  const onConnect = async (query: Query) => {
    await cluster.check(query);
    await schema.check(query);
  };
  const explain = (error: unknown) => schema.explain(error);
  const database = opened.use(await openDatabase({ url, ...config.database, onConnect, explain, log }));
  if (!secrets.databaseUrl) {
    for (const domain of domains) await domain.seed?.(database.db);
  }
  return { database, directUrl, cluster, schema };
}
