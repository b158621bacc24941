import type { Retention } from '../../realtime/ports/event-log.ts';
import { keyLifetime } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';

/*
 * Every statement here reads in proportion to what is due: times are compared with `now()`, which an index can be asked
 * for, as it cannot for `clock_timestamp()`. Rows that another process is removing are left to it. Nothing here waits
 * for an append, nor an append for it.
 */

/** The oldest first, by the index of ages. */
const agedStatement = `
with due as materialized (
  select channel, "offset" from public.realtime_publications
  where split_part(channel, ':', 1) = $1 and created_at < now() - $2 * interval '1 millisecond'
  order by split_part(channel, ':', 1), created_at, "offset" limit $3 for update skip locked
), removed as (
  delete from public.realtime_publications p using due
  where p.channel = due.channel and p."offset" = due."offset" returning 1
)
select count(*)::integer as removed from removed`;

/** By the primary key of each of the channels that has more than it may. */
const surplusOf = (channels: string) => `
with due as materialized (
  select p.channel, p."offset" from public.realtime_channels c
  cross join lateral (
    select channel, "offset" from public.realtime_publications
    where channel = c.name and "offset" <= c.last_offset - $2
    order by "offset" limit $3 for update skip locked
  ) p
  where ${channels} and c.last_offset > $2 limit $3
), removed as (
  delete from public.realtime_publications p using due
  where p.channel = due.channel and p."offset" = due."offset" returning 1
)
select count(*)::integer as removed from removed`;

const surplusOfNamespace = surplusOf(`split_part(c.name, ':', 1) = $1`);
const surplusOfChannels = surplusOf('c.name = any($1::text[])');

/**
 * Returns how many publications it removed, at most `limit`: those that are too old, then those that are too many in
 * `channels`, or in any channel of the namespace when that is left out.
 */
export async function prunePublications(
  query: Query,
  namespace: string,
  { ageMs, count }: Retention,
  limit: number,
  channels?: readonly string[],
): Promise<number> {
  const removed = async (statement: string, values: readonly unknown[]) =>
    (await query<{ removed: number }>(statement, values))[0]?.removed ?? 0;
  const aged = await removed(agedStatement, [namespace, ageMs, limit]);
  if (aged === limit || channels?.length === 0) return aged;
  const statement = channels ? surplusOfChannels : surplusOfNamespace;
  return aged + (await removed(statement, [channels ?? namespace, count, limit - aged]));
}

const keyStatement = `
with removed as (
  delete from public.realtime_idempotency_keys k
  using (
    select channel, key from public.realtime_idempotency_keys
    where created_at < now() - ${keyLifetime}
    order by created_at limit $1 for update skip locked
  ) expired
  where k.channel = expired.channel and k.key = expired.key returning 1
)
select count(*)::integer as removed from removed`;

/** Removes every idempotency key that is known no more, `limit` in a statement. */
export async function pruneKeys(query: Query, limit: number): Promise<void> {
  for (;;) {
    const [row] = await query<{ removed: number }>(keyStatement, [limit]);
    if ((row?.removed ?? 0) < limit) return;
  }
}
