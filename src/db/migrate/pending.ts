import type { Query } from '../connection/connection.ts';
import {
  type DomainMigrations,
  foldersOf,
  migrationsTable,
  namedMigrations,
  publicTables,
} from './folders.ts';

/** The folders whose migrations have not all run in this database. */
export async function pendingFolders(
  query: Query,
  domains: readonly DomainMigrations[],
  folder: string,
): Promise<readonly string[]> {
  return (await pendingMigrations(query, domains, folder)).map((pending) => pending.folder);
}

/** A folder, and those of its migrations that have not run. */
export interface PendingMigrations {
  readonly folder: string;
  /** The oldest first. */
  readonly names: readonly string[];
}

/** The migrations that have not run in this database; an application's own tables have none to run. */
export async function pendingMigrations(
  query: Query,
  domains: readonly DomainMigrations[],
  folder: string,
): Promise<readonly PendingMigrations[]> {
  const folders = foldersOf(domains, folder);
  const found = await query<{ name: string; known: boolean; tables: number }>(
    `select f.name, to_regclass(f.migrations) is not null as known,
       (select count(*)::integer from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relname = any(f.tables::text[])) as tables
     from unnest($1::text[], $2::text[], $3::text[]) as f(name, migrations, tables)`,
    [
      folders.map(({ name }) => name),
      folders.map(({ name }) => migrationsTable(name)),
      folders.map(({ path }) => `{${publicTables(path).join(',')}}`),
    ],
  );
  const pending: PendingMigrations[] = [];
  for (const [place, { name, known, tables }] of found.entries()) {
    const migrations = folders[place];
    if (!migrations || (!known && migrations.isDomain && tables > 0)) continue;
    const [row] = known
      ? await query<{ last: string | null }>(`select max(created_at) as last from ${migrationsTable(name)}`)
      : [];
    const last = Number(row?.last ?? 0);
    const names = namedMigrations(migrations.path).flatMap((each) => (each.at > last ? [each.name] : []));
    if (names.length > 0) pending.push({ folder: name, names });
  }
  return pending;
}
