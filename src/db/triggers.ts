import type { Query } from './connection.ts';

/** What a trigger publishes of a table in `public`: `created`, `updated`, `status_changed`, `deleted`, with the row. */
export interface PublishedTable {
  readonly table: string;
  readonly type: string;
  /** Names in the log; `{column}` stands for the row's own value, escaped. */
  readonly channels: readonly string[];
  /** Columns that never leave. */
  readonly hidden: readonly string[];
  /** Columns whose numbers leave as texts. */
  readonly texts?: readonly string[];
}

export type TriggerState = 'installed' | 'outdated' | 'disabled' | 'absent' | 'no table';

const triggerName = 'tambuli_publish';

/**
 * Makes the tables publish their changes from the next transaction on; safe to repeat. Run it in a transaction: a table
 * that is not there gets nothing, a trigger of our name that is somebody else's fails it.
 */
export async function installTriggers(query: Query, tables: readonly PublishedTable[]): Promise<void> {
  await waitBriefly(query);
  for (const table of tables) {
    const state = await stateOf(query, table);
    if (state === 'no table' || state === 'installed') continue;
    await query(
      `create or replace trigger ${triggerName} after insert or update or delete on ${nameOf(table)}
       for each row execute function public.realtime_publish_change(${quoteText(argumentOf(table))})`,
    );
    await query(`alter table ${nameOf(table)} enable trigger ${triggerName}`);
  }
}

/** Leaves the tables as they were before the first install. */
export async function removeTriggers(query: Query, tables: readonly PublishedTable[]): Promise<void> {
  await waitBriefly(query);
  for (const table of tables) {
    const state = await stateOf(query, table);
    if (state !== 'no table' && state !== 'absent')
      await query(`drop trigger ${triggerName} on ${nameOf(table)}`);
  }
}

const stateStatement = `
select to_regclass($1) is not null as exists, t.tgenabled::text as enabled,
  p.proname = 'realtime_publish_change' as ours, encode(t.tgargs, 'hex') as arguments
from (select 1) one
left join pg_trigger t on t.tgrelid = to_regclass($1) and t.tgname = '${triggerName}'
left join pg_proc p on p.oid = t.tgfoid`;

interface StateRow {
  readonly exists: boolean;
  readonly enabled: string | null;
  readonly ours: boolean | null;
  readonly arguments: string | null;
}

/** `outdated`: what is published now is not what this version would publish. */
export async function stateOf(query: Query, table: PublishedTable): Promise<TriggerState> {
  const [row] = await query<StateRow>(stateStatement, [nameOf(table)]);
  if (!row?.exists) return 'no table';
  if (row.enabled === null) return 'absent';
  if (!row.ours) throw new Error(`${table.table} has a trigger ${triggerName} that is not Tambuli's.`);
  if (row.enabled === 'D') return 'disabled';
  // Postgres ends each argument with a zero byte.
  const expected = `${Buffer.from(argumentOf(table)).toString('hex')}00`;
  return row.arguments === expected ? 'installed' : 'outdated';
}

/** The application must not queue up behind a lock that waits for one of its own long transactions. */
const waitBriefly = (query: Query) => query(`set local lock_timeout = '3s'`);

const nameOf = ({ table }: PublishedTable) => `public."${table}"`;

const argumentOf = ({ type, channels, hidden, texts = [] }: PublishedTable) =>
  JSON.stringify({ type, channels, hidden, texts });

const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`;
