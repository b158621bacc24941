import { textArray } from '../array-literal.ts';
import type { Query } from '../connection/connection.ts';

/** A table as a domain's code reads and writes it. */
export interface NeededTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns that an insert may leave out. */
  readonly optional: readonly string[];
}

/** A difference between a table that is needed and the one that the database has. */
export interface Lack {
  readonly table: string;
  readonly column?: string;
  readonly kind: 'no table' | 'no right' | 'no column' | 'mandatory column';
}

/** Returns the sentence for the log and for the errors of the routes that need the table. */
export function lackInWords({ table, column, kind }: Lack): string {
  if (kind === 'no table') return `the table ${table} is missing`;
  if (kind === 'no right') return `the role may not read the table ${table}`;
  if (kind === 'no column') return `the column ${table}.${column} is missing`;
  return `the column ${table}.${column} is NOT NULL without a default, so that no row can be added`;
}

const statement = `
with needed as (
  select n.ordinal, n.schema, n.name, n.columns::text[] as columns,
    n.optional::text[] as optional, to_regclass(format('%I.%I', n.schema, n.name)) as oid
  from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    with ordinality as n(schema, name, columns, optional, ordinal)
), present as (
  select n.ordinal, a.attname::text as name,
    a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '' as mandatory
  from needed n join pg_attribute a on a.attrelid = n.oid and a.attnum > 0 and not a.attisdropped
)
select n.ordinal::integer, null as column_name, 'no table' as kind from needed n where n.oid is null
union all
select n.ordinal::integer, null, 'no right' from needed n
where n.oid is not null and not has_table_privilege(n.oid, 'select')
  and not has_any_column_privilege(n.oid, 'select')
union all
select n.ordinal::integer, c.name, 'no column' from needed n cross join unnest(n.columns) c(name)
where n.oid is not null and not exists (select from present p where p.ordinal = n.ordinal and p.name = c.name)
union all
select n.ordinal::integer, p.name, 'mandatory column' from needed n join present p on p.ordinal = n.ordinal
where p.mandatory and (p.name <> all(n.columns) or p.name = any(n.optional))
order by 1, 2`;

interface LackRow {
  readonly ordinal: number;
  readonly column_name: string | null;
  readonly kind: Lack['kind'];
}

export async function findLacks(query: Query, tables: readonly NeededTable[]): Promise<readonly Lack[]> {
  const rows = await query<LackRow>(statement, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
    tables.map(({ columns }) => textArray(columns)),
    tables.map(({ optional }) => textArray(optional)),
  ]);
  return rows.flatMap(({ ordinal, column_name, kind }) => {
    const needed = tables[ordinal - 1];
    if (!needed) return [];
    const table = needed.schema === 'public' ? needed.name : `${needed.schema}.${needed.name}`;
    return [{ table, kind, ...(column_name !== null && { column: column_name }) }];
  });
}
