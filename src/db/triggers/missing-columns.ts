import type { Query } from '../connection/connection.ts';
import type { PublishedTable } from './published-table.ts';

/** A column that a published table names and does not have. */
export interface MissingColumn {
  readonly name: string;
  /** The columns that there are. */
  readonly known: readonly string[];
}

/**
 * The columns that the channels, the columns and the reading mark of a published table name, and that the table does not
 * have: a trigger on it would publish nothing. Empty for a table that is not there.
 */
export async function missingColumns(
  query: Query,
  published: PublishedTable,
): Promise<readonly MissingColumn[]> {
  const { schema = 'public', table } = published;
  const rows = await query<{ name: string }>(
    `select a.attname::text as name from pg_catalog.pg_attribute a
     join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [schema, table],
  );
  const known = rows.map(({ name }) => name);
  if (known.length === 0) return [];
  const named = [
    ...published.channels.flatMap((channel) =>
      [...channel.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name),
    ),
    ...(published.columns ?? []),
    ...(published.hidden ?? []),
    ...(published.texts ?? []),
    ...Object.keys(published.names ?? {}),
    ...(published.read === undefined ? [] : [published.read]),
  ];
  return [...new Set(named)].filter((name) => !known.includes(name)).map((name) => ({ name, known }));
}
