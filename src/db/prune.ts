import type { Retention } from '../realtime/ports/event-log.ts';
import { keyLifetime } from './append-statements.ts';
import type { Query } from './connection.ts';

/**
 * The oldest first, by the index of ages and by the primary key of each channel that has more than it may. Rows that
 * another process is removing are left to it. Nothing here waits for an append, nor an append for it.
 */
export const pruneStatement = `
with aged as materialized (
  select channel, "offset" from public.realtime_publications
  where split_part(channel, ':', 1) = $1 and created_at < clock_timestamp() - $2 * interval '1 millisecond'
  order by split_part(channel, ':', 1), created_at, "offset" limit $4 for update skip locked
), surplus as materialized (
  select p.channel, p."offset" from public.realtime_channels c
  cross join lateral (
    select channel, "offset" from public.realtime_publications
    where channel = c.name and "offset" <= c.last_offset - $3
    order by "offset" limit $4 for update skip locked
  ) p
  where split_part(c.name, ':', 1) = $1 and c.last_offset > $3 limit $4
), removed as (
  delete from public.realtime_publications p
  using (select * from aged union select * from surplus order by "offset" limit $4) due
  where p.channel = due.channel and p."offset" = due."offset" returning 1
)
select count(*)::integer as removed from removed`;

/** Answers how many publications it removed, at most `limit`. */
export async function prunePublications(
  query: Query,
  namespace: string,
  { ageMs, count }: Retention,
  limit: number,
): Promise<number> {
  const [row] = await query<{ removed: number }>(pruneStatement, [namespace, ageMs, count, limit]);
  return row?.removed ?? 0;
}

const keyStatement = `
with removed as (
  delete from public.realtime_idempotency_keys k
  using (
    select channel, key from public.realtime_idempotency_keys
    where created_at < clock_timestamp() - ${keyLifetime}
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
