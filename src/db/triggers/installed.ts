import type { Query } from '../connection/connection.ts';

/** A table whose triggers publish, whether the configuration names it or not. */
export interface InstalledTable {
  readonly schema: string;
  readonly table: string;
  readonly type: string;
  readonly channels: readonly string[];
}

/** Partitions and tables that inherit have the triggers of the table that they belong to, and are left out. */
const statement = `
select n.nspname::text as schema, c.relname::text as table, t.argument
from (
  select tgrelid, max(convert_from(substring(tgargs from 1 for greatest(octet_length(tgargs) - 1, 0)), 'UTF8')) as argument
  from pg_catalog.pg_trigger where tgname ~ '^tambuli_publish_' and tgparentid = 0 group by tgrelid
) t
join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not exists (select from pg_catalog.pg_inherits i join pg_catalog.pg_trigger p
  on p.tgrelid = i.inhparent and p.tgname ~ '^tambuli_publish_' where i.inhrelid = c.oid)
order by 1, 2`;

export async function installedTables(query: Query): Promise<readonly InstalledTable[]> {
  const rows = await query<{ schema: string; table: string; argument: string }>(statement);
  return rows.map(({ schema, table, argument }) => ({ schema, table, ...usualOf(argument) }));
}

/** Returns the type and channels under which the trigger publishes most changes. */
function usualOf(argument: string): Pick<InstalledTable, 'type' | 'channels'> {
  const parsed: {
    readonly publish?: readonly { readonly type: string; readonly channels: readonly string[] }[];
  } = JSON.parse(argument);
  const [usual = { type: '', channels: [] }] = parsed.publish ?? [];
  return { type: usual.type, channels: usual.channels };
}
