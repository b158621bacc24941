import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import type { Logger } from '../../logger.ts';
import type { Client } from '../connection/driver.ts';
import { publicTables } from './folders.ts';
import { makeSchema } from './make-schema.ts';

/** Which tables of an application were made by us, and up to which migration they are. */
const madeTable = 'drizzle.made_tables';

interface Options {
  readonly client: Client;
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly log: Logger;
}

/**
 * Makes the tables that an application lacks beside those that it has, and brings up to date those that were made this
 * way before; its own are never touched. Runs in the transaction of the caller. Returns what was made.
 */
export async function migrateBeside({ client, folder, name, log }: Options): Promise<readonly string[]> {
  const tables = publicTables(folder);
  const states = await statesOf(client, name, tables);
  const missing = tables.filter((table) => !states.get(table)?.exists);
  const ours = new Map(tables.map((table) => [table, states.get(table)?.made ?? 0]));
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  const isDue = (table: string, { folderMillis }: MigrationMeta) =>
    (missing.includes(table) || states.get(table)?.made !== undefined) &&
    folderMillis > (ours.get(table) ?? 0);
  const changed = new Set<string>();
  for (const migration of migrations) {
    for (const statement of migration.sql) {
      const table = tableOf(statement);
      if (table === undefined || !tables.includes(table) || !isDue(table, migration)) continue;
      await run(client, statement, log);
      changed.add(table);
    }
  }
  const last = migrations.at(-1)?.folderMillis ?? 0;
  if (changed.size > 0) await note(client, name, [...changed], last);
  return [...changed];
}

/** The one table of `public` that a statement makes or changes. */
export function tableOf(statement: string): string | undefined {
  const pattern =
    /^\s*(?:(?:create|alter|drop) table(?: if (?:not )?exists)?(?: only)?|create (?:unique )?index(?: if not exists)? \S+ on) (?:"?public"?\.)?"?([a-z_][a-z0-9_]*)"?[\s(;]/i;
  return pattern.exec(`${statement} `)?.[1];
}

/** A reference to a table of the application fails where its key has another type, and is left out then. */
async function run(client: Client, statement: string, log: Logger): Promise<void> {
  if (!/\bforeign key\b/i.test(statement)) {
    await client.query({ text: statement });
    return;
  }
  await client.query({ text: 'savepoint reference' });
  try {
    await client.query({ text: statement });
  } catch (error) {
    await client.query({ text: 'rollback to savepoint reference' });
    log.warn({ err: error }, 'a reference to a table of the application does not fit it; it is left out');
  }
  await client.query({ text: 'release savepoint reference' });
}

interface State {
  readonly exists: boolean;
  readonly made: number | undefined;
}

async function statesOf(
  client: Client,
  name: string,
  tables: readonly string[],
): Promise<Map<string, State>> {
  const { rows } = await client.query({ text: `select to_regclass('${madeTable}') is not null as known` });
  const made =
    rows[0]?.['known'] === true
      ? `(select last from ${madeTable} m where m.domain = $1 and m.name = t.name)`
      : 'null';
  const found = await client.query({
    text: `select t.name, to_regclass(format('public.%I', t.name)) is not null as exists, ${made} as made, $1::text as domain
      from unnest($2::text[]) t(name)`,
    values: [name, tables],
  });
  return new Map(
    found.rows.map((row) => [
      String(row['name']),
      { exists: row['exists'] === true, made: row['made'] === null ? undefined : Number(row['made']) },
    ]),
  );
}

async function note(client: Client, name: string, tables: readonly string[], last: number): Promise<void> {
  await makeSchema(client, 'drizzle');
  await client.query({
    text: `create table if not exists ${madeTable} (domain text not null, name text not null, last bigint not null,
      primary key (domain, name))`,
  });
  await client.query({
    text: `insert into ${madeTable} (domain, name, last) select $1, name, $3 from unnest($2::text[]) name
      on conflict (domain, name) do update set last = excluded.last`,
    values: [name, tables, last],
  });
}
