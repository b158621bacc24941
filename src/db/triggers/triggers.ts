import type { Query } from '../connection/connection.ts';
import { type PublishedTable, triggerArgument } from './published-table.ts';

export type TriggerState = 'installed' | 'outdated' | 'disabled' | 'absent' | 'no table' | 'not a table';

/**
 * Makes the tables publish their changes from the next transaction on; safe to repeat. Run it in a transaction. A table
 * that is not there, a view and a foreign table get nothing; a trigger of our name that is somebody else's fails it.
 */
export async function installTriggers(query: Query, tables: readonly PublishedTable[]): Promise<void> {
  await waitBriefly(query);
  for (const table of tables) {
    const found = await findTable(query, table);
    if (!found || !isTable(found) || stateFrom(found, table) === 'installed') continue;
    await dropTriggers(query, found);
    for (const { relation } of found.members) {
      for (const [event, rows] of Object.entries(transitionTables)) {
        const name = nameOf(event);
        await query(
          `create trigger ${name} after ${event} on ${relation} ${rows} for each statement
           execute function public.${triggerFunction}(${quoteText(triggerArgument(table))})`,
        );
      }
    }
  }
}

/** Leaves the tables as they were before the first install. */
export async function removeTriggers(query: Query, tables: readonly PublishedTable[]): Promise<void> {
  await waitBriefly(query);
  for (const table of tables) {
    const found = await findTable(query, table);
    if (found && isTable(found)) await dropTriggers(query, found);
  }
}

/** `outdated`: what is published now is not all that this version would publish. */
export async function stateOf(query: Query, table: PublishedTable): Promise<TriggerState> {
  const found = await findTable(query, table);
  if (!found) return 'no table';
  return isTable(found) ? stateFrom(found, table) : 'not a table';
}

const triggerFunction = 'realtime_publish_statement';

/**
 * For each statement, since a trigger for each row costs many times the row. A statement that writes to the whole of a
 * partitioned table fires the triggers of the whole, one that names a partition those of the partition; so it is with
 * tables that inherit.
 */
const transitionTables = {
  insert: 'referencing new table as new_rows',
  update: 'referencing old table as old_rows new table as new_rows',
  delete: 'referencing old table as old_rows',
  truncate: '',
} as const;

const nameOf = (event: string) => `tambuli_publish_${event}`;

/** The name of the one trigger for each row that versions before installed. */
const formerName = 'tambuli_publish';

const findStatement = `
select c.relkind::text as kind, json_agg(json_build_object(
  'relation', format('%I.%I', n.nspname, member.relname),
  'triggers', (
    select coalesce(json_agg(json_build_object('name', t.tgname, 'enabled', t.tgenabled,
      'function', format('%I.%I', f.nspname, p.proname), 'argument', encode(t.tgargs, 'hex'))), '[]')
    from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace f on f.oid = p.pronamespace
    where t.tgrelid = member.oid and t.tgname ~ '^${formerName}(_|$)' and t.tgparentid = 0
  )) order by member.oid = c.oid desc, member.oid) as members
from pg_catalog.pg_class c
cross join lateral (
  with recursive tree(oid) as (
    select c.oid union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid
  ) select oid from tree
) below
join pg_catalog.pg_class member on member.oid = below.oid and member.relkind in ('r', 'p', 'v', 'm', 'f')
  and (member.oid = c.oid or member.relkind <> 'f')
join pg_catalog.pg_namespace n on n.oid = member.relnamespace
where c.relname = $2 and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
group by c.oid, c.relkind`;

interface FoundTrigger {
  readonly name: string;
  readonly enabled: string;
  readonly function: string;
  readonly argument: string;
}

interface Found {
  /** The value of `pg_class.relkind`. */
  readonly kind: string;
  /** The table, then its partitions and the tables that inherit from it. */
  readonly members: readonly { readonly relation: string; readonly triggers: readonly FoundTrigger[] }[];
}

async function findTable(query: Query, { schema = 'public', table }: PublishedTable) {
  const [found] = await query<Found>(findStatement, [schema, table]);
  for (const { relation, triggers } of found?.members ?? []) {
    const foreign = triggers.find((each) => !ourFunctions.has(each.function));
    if (foreign) throw new Error(`${relation} has a trigger ${foreign.name} that is not Tambuli's.`);
  }
  return found;
}

const ourFunctions = new Set([`public.${triggerFunction}`, 'public.realtime_publish_change']);

/** Views and foreign tables have no transition tables. */
const isTable = ({ kind }: Found) => kind === 'r' || kind === 'p';

function stateFrom({ members }: Found, table: PublishedTable): TriggerState {
  const triggers = members.flatMap((member) => member.triggers);
  if (triggers.length === 0) return 'absent';
  // Postgres ends each argument with a zero byte.
  const argument = `${Buffer.from(triggerArgument(table)).toString('hex')}00`;
  const isCurrent = members.every((member) =>
    Object.keys(transitionTables).every((event) =>
      member.triggers.some((each) => each.name === nameOf(event) && each.argument === argument),
    ),
  );
  if (triggers.some(({ enabled }) => enabled === 'D')) return 'disabled';
  return isCurrent && triggers.every(({ name }) => name !== formerName) ? 'installed' : 'outdated';
}

async function dropTriggers(query: Query, { members }: Found): Promise<void> {
  for (const { relation, triggers } of members) {
    for (const { name } of triggers) await query(`drop trigger ${name} on ${relation}`);
  }
}

/** Any number, as long as it is always this one. */
const installLock = 7_266_854;

/** One transaction at a time. Behind a request for a table's lock every other statement on it waits too. */
async function waitBriefly(query: Query): Promise<void> {
  await query(`set local lock_timeout = '3s'`);
  await query(`select pg_advisory_xact_lock(${installLock})`);
}

const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`;
