import { newEpoch } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';
import { sqlState } from '../connection/errors.ts';
import type { Facts } from './facts.ts';

/** Channels of one statement: few enough that an append that waits for them does not notice. */
const batchSize = 5_000;
const maxConflicts = 10;

/**
 * The row of `realtime_cluster` was written by a transaction whose number it holds. One that was copied by a restore was
 * written by another, whatever the rest of it says. `xmin` has the lower 32 bits of that number.
 */
const isOriginal = `c.xmin::text = (c.written::numeric % 4294967296)::text`;

/** Facts that only one of both knows say nothing. */
const isOther = `exists (
  select from jsonb_each_text(c.facts) was join jsonb_each_text($1::jsonb) now using (key) where was.value <> now.value)`;

const lookStatement = `
select ${isOther} or not ${isOriginal} or c.pending is not null as is_other,
  (select count(*) from jsonb_object_keys($1::jsonb) key where not c.facts ? key) > 0 as is_known_better,
  extract(epoch from c.changed_at)::float8 as changed_at, extract(epoch from clock_timestamp())::float8 as at
from public.realtime_cluster c`;

const learnStatement = `
update public.realtime_cluster c set facts = c.facts || $1::jsonb, written = pg_current_xact_id()::text
where not ${isOther} and ${isOriginal} and c.pending is null`;

export interface Look {
  /** Whether the database is another than the one that wrote the row, or a renewal was left unfinished. */
  readonly isOther: boolean;
  /** When the epochs were last renewed, and now, by the database's clock; seconds. */
  readonly changedAt: number;
  readonly at: number;
}

/** Undefined where the table is missing or has no row: nothing is known. */
export async function look(query: Query, facts: Facts): Promise<Look | undefined> {
  const json = JSON.stringify(facts);
  const [row] = await query<{ is_other: boolean; is_known_better: boolean; changed_at: number; at: number }>(
    lookStatement,
    [json],
  );
  if (row?.is_known_better && !row.is_other) await query(learnStatement, [json]);
  return row && { isOther: row.is_other, changedAt: row.changed_at, at: row.at };
}

/**
 * One step of a renewal, which any number of processes take together: it begins one where it is needed or `forced`, goes
 * on with one that is under way, and ends it with the last channels. The names are in the order of the primary key.
 */
const stepStatement = `
with cluster as materialized (
  select case when c.pending = $1::jsonb and ${isOriginal} then c.renewed_to else '' end as after
  from public.realtime_cluster c
  where $2 or ${isOther} or not ${isOriginal} or c.pending is not null for update
), batch as materialized (
  select name from public.realtime_channels
  where exists (select from cluster) and name > (select after from cluster) order by name limit ${batchSize}
), renewed as (
  update public.realtime_channels c set epoch = ${newEpoch} from batch where c.name = batch.name returning c.name
), total as (
  select count(*)::integer as count, max(name) as last from renewed
)
update public.realtime_cluster c set
  facts = case when total.count < ${batchSize} then $1::jsonb else c.facts end,
  pending = case when total.count < ${batchSize} then null else $1::jsonb end,
  renewed_to = case when total.count < ${batchSize} then '' else total.last end,
  changed_at = case when total.count < ${batchSize} then clock_timestamp() else c.changed_at end,
  written = pg_current_xact_id()::text
from total where exists (select from cluster)
returning total.count`;

/**
 * Gives every channel a new epoch, so that each position from before is answered `recovered: false`. Returns how many
 * channels that were. `forced`: although the database is the one that it was.
 */
export async function renewEpochs(query: Query, facts: Facts, forced: boolean): Promise<number> {
  const json = JSON.stringify(facts);
  let renewed = 0;
  for (let isFirst = true, conflicts = 0; ; isFirst = false) {
    try {
      const [row] = await query<{ count: number }>(stepStatement, [json, forced && isFirst]);
      renewed += row?.count ?? 0;
      if (!row || row.count < batchSize) return renewed;
    } catch (error) {
      // Appends lock several channels in an order of their own.
      const state = sqlState(error) ?? '';
      if (!/^(40001|40P01)$/.test(state) || ++conflicts > maxConflicts) throw error;
    }
  }
}
