import type { Logger } from '../../logger.ts';
import { connectError } from '../connection/connect-error.ts';
import { type Client, chooseDriver, type DriverName, loadDriver } from '../connection/driver.ts';
import { databaseError } from '../connection/errors.ts';
import { migrateBeside } from './beside.ts';
import {
  type DomainMigrations,
  domainFolders,
  foldersOf,
  type MigrationFolder,
  migrationsTable,
  publicTables,
  readMigrations,
  shippedFolder,
} from './folders.ts';
import { beginMigration } from './lock.ts';
import { makeSchema, schemaOf } from './make-schema.ts';

export interface MigrateOptions {
  /** A direct address or a pooler's: nothing outlives a transaction. */
  readonly url: string;
  readonly driver?: DriverName | 'auto';
  readonly domains: readonly DomainMigrations[];
  readonly log: Logger;
  /** Absolute; the project's `drizzle/` when left out. */
  readonly folder?: string;
}

/** Building an index, or waiting for another process that does. Milliseconds. */
const statementMs = 600_000;

/**
 * Brings the tables of the engine, of the parts that domains build on (`drizzle/<domain>/requires.json`), then of each
 * domain, up to date; each folder in one transaction. Safe when several processes do it at once. Tables of a domain that
 * lie in the schema `public` belong to the application: those that are missing are made, and one that was made by
 * somebody else is never touched. A schema that is there already is taken as it is.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { url, driver = 'auto', domains, log, folder = shippedFolder } = options;
  const client = (await loadDriver(chooseDriver(url, driver))).client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: statementMs,
    keepAlive: true,
  });
  // The statement under way fails too, and says more.
  client.on('error', (error) => log.debug({ reason: error.message }, 'migration connection lost'));
  try {
    await client.connect().catch((error: unknown) => {
      throw connectError(error, url);
    });
    for (const each of foldersOf(domains, folder)) await migrateFolder(client, each, log);
  } catch (error) {
    throw databaseError(error, false);
  } finally {
    // A failure ends the connection, which rolls back.
    await client.end();
  }
}

/** The domains that have migrations, by the folders there are. */
export function migratableDomains(folder = shippedFolder): string[] {
  return domainFolders(folder);
}

async function migrateFolder(
  client: Client,
  { name, path: folder, isDomain }: MigrationFolder,
  log: Logger,
): Promise<void> {
  await beginMigration(client, log);
  if (isDomain && (await belongsToApplication(client, folder, name))) {
    const made = await migrateBeside({ client, folder, name, log });
    await client.query({ text: 'commit' });
    log.info(
      { domain: name, made },
      'the tables belong to the application: missing ones are made, others left as they are',
    );
    return;
  }
  const applied = await applyPending(client, folder, name);
  await client.query({ text: 'commit' });
  if (applied > 0) log.info({ folder: name, migrations: applied }, 'migrated');
}

async function applyPending(client: Client, folder: string, name: string): Promise<number> {
  const table = migrationsTable(name);
  await makeSchema(client, 'drizzle');
  await client.query({
    text: `create table if not exists ${table} (id serial primary key, hash text not null, created_at bigint)`,
  });
  const { rows } = await client.query({ text: `select max(created_at) as last from ${table}` });
  const last = Number(rows[0]?.['last'] ?? 0);
  const pending = readMigrations(folder).filter(({ folderMillis }) => folderMillis > last);
  for (const { sql, hash, folderMillis } of pending) {
    for (const statement of sql) {
      const schema = schemaOf(statement);
      await (schema === undefined ? client.query({ text: statement }) : makeSchema(client, schema));
    }
    await client.query({
      text: `insert into ${table} (hash, created_at) values ($1, $2)`,
      values: [hash, folderMillis],
    });
  }
  return pending.length;
}

/** Whether a table that the folder's migrations would make exists, though none of them has run here. */
async function belongsToApplication(client: Client, folder: string, name: string): Promise<boolean> {
  const text = `select to_regclass($1) is null and exists (
    select from pg_class where relnamespace = 'public'::regnamespace and relname = any($2::text[])) as foreign`;
  const { rows } = await client.query({ text, values: [migrationsTable(name), publicTables(folder)] });
  return rows[0]?.['foreign'] === true;
}
