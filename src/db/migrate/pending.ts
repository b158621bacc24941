import type { Query } from '../connection/connection.ts';
import {
  type DomainMigrations,
  foldersOf,
  migrationsTable,
  newestMigration,
  publicTables,
} from './folders.ts';

/** The folders whose migrations have not all run in this database; an application's own tables have none to run. */
export async function pendingFolders(
  query: Query,
  domains: readonly DomainMigrations[],
  folder: string,
): Promise<readonly string[]> {
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
  const pending: string[] = [];
  for (const [place, { name, known, tables }] of found.entries()) {
    const migrations = folders[place];
    if (!migrations) continue;
    if (known) {
      const [row] = await query<{ last: string | null }>(
        `select max(created_at) as last from ${migrationsTable(name)}`,
      );
      if (Number(row?.last ?? 0) < newestMigration(migrations.path)) pending.push(name);
    } else if (!migrations.isDomain || tables === 0) pending.push(name);
  }
  return pending;
}
