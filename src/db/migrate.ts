import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Logger } from '../logger.ts';
import { type Client, chooseDriver, type DriverName, loadDriver } from './driver.ts';
import { databaseError } from './errors.ts';

export interface MigrateOptions {
  /** The direct address: a pooler keeps no session, hence no session lock. */
  readonly url: string;
  readonly driver?: DriverName | 'auto';
  readonly domains: readonly string[];
  readonly log: Logger;
  /** Absolute; the project's `drizzle/` when left out. */
  readonly folder?: string;
}

/**
 * Brings the tables of the engine, of the rooms the domains build on (`drizzle/<domain>/rooms.json`), then of each
 * domain, up to date; each folder in one transaction. Safe when several processes do it at once. Tables of a domain that
 * lie in the schema `public` belong to the application: they are made when none of them exists, and never touched when
 * one of them was made by somebody else.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { url, driver = 'auto', domains, log, folder = join(import.meta.dir, '../../drizzle') } = options;
  const client = (await loadDriver(chooseDriver(url, driver))).client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    // Building an index, or waiting for another process that does.
    query_timeout: 600_000,
    keepAlive: true,
  });
  // The statement under way fails too, and says more.
  client.on('error', (error) => log.debug({ reason: error.message }, 'migration connection lost'));
  try {
    await client.connect();
    await client.query({ text: 'set search_path = public' });
    await client.query({ text: 'select pg_advisory_lock($1)', values: [lockKey] });
    await migrateFolder(client, join(folder, 'realtime'), 'realtime', log);
    for (const room of new Set(domains.flatMap((name) => roomsOf(join(folder, name))))) {
      await migrateFolder(client, join(folder, room), room, log);
    }
    for (const name of domains) {
      if (await belongsToApplication(client, join(folder, name), name)) {
        log.info({ domain: name }, 'the tables belong to the application: left as they are');
      } else {
        await migrateFolder(client, join(folder, name), name, log);
      }
    }
  } catch (error) {
    throw databaseError(error, false);
  } finally {
    // The lock ends with the session.
    await client.end();
  }
}

/** The domains that have migrations, by the folders there are. */
export function migratableDomains(folder = join(import.meta.dir, '../../drizzle')): string[] {
  const names = readdirSync(folder);
  const others = new Set(['realtime', ...names.flatMap((name) => roomsOf(join(folder, name)))]);
  return names.filter((name) => !others.has(name) && hasMigrations(join(folder, name)));
}

/** The folders, by name, whose tables those of a domain need. */
function roomsOf(folder: string): readonly string[] {
  const file = join(folder, 'rooms.json');
  return existsSync(file) ? readJson(file) : [];
}

/** Any number, as long as it is always this one. */
const lockKey = 7_266_853;

async function migrateFolder(client: Client, folder: string, name: string, log: Logger): Promise<void> {
  if (!hasMigrations(folder)) return;
  const table = migrationsTable(name);
  // A failure ends the connection, which rolls back.
  await client.query({ text: 'begin' });
  await client.query({ text: 'create schema if not exists drizzle' });
  await client.query({
    text: `create table if not exists ${table} (id serial primary key, hash text not null, created_at bigint)`,
  });
  const { rows } = await client.query({ text: `select max(created_at) as last from ${table}` });
  const last = Number(rows[0]?.['last'] ?? 0);
  const pending = readMigrationFiles({ migrationsFolder: folder }).filter(
    ({ folderMillis }) => folderMillis > last,
  );
  for (const { sql, hash, folderMillis } of pending) {
    for (const statement of sql) await client.query({ text: statement });
    await client.query({
      text: `insert into ${table} (hash, created_at) values ($1, $2)`,
      values: [hash, folderMillis],
    });
  }
  await client.query({ text: 'commit' });
  if (pending.length > 0) log.info({ folder: name, migrations: pending.length }, 'migrated');
}

/** Whether a table that the folder's migrations would make exists, though none of them has run here. */
async function belongsToApplication(client: Client, folder: string, name: string): Promise<boolean> {
  if (!hasMigrations(folder)) return false;
  const text = `select to_regclass($1) is null and exists (
    select from pg_class where relnamespace = 'public'::regnamespace and relname = any($2::text[])) as foreign`;
  const { rows } = await client.query({ text, values: [migrationsTable(name), publicTables(folder)] });
  return rows[0]?.['foreign'] === true;
}

const hasMigrations = (folder: string) => existsSync(join(folder, 'meta/_journal.json'));

const migrationsTable = (name: string) => `drizzle."${name}_migrations"`;

interface Snapshot {
  readonly tables: Readonly<Record<string, { readonly name: string; readonly schema: string }>>;
}

function publicTables(folder: string): string[] {
  const journal: { entries: readonly { idx: number }[] } = readJson(join(folder, 'meta/_journal.json'));
  const last = String(journal.entries.at(-1)?.idx ?? 0).padStart(4, '0');
  const snapshot: Snapshot = readJson(join(folder, `meta/${last}_snapshot.json`));
  // drizzle writes `public` as no schema at all.
  return Object.values(snapshot.tables).flatMap(({ name, schema }) => (schema === '' ? [name] : []));
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
