import { sql } from 'drizzle-orm';
import { claimedColumns, type LeasedDelivery, lease } from '../deliveries/outgoing.ts';
import type { Tracking } from '../tracking.ts';

/** Events of one digest; more come in the next, at once. */
const maxEvents = 100;

/** The deliveries of one digest, the most urgent first, and of one priority the oldest. */
export type LeasedDigest = readonly LeasedDelivery[];

/** Claims the digests of at most `limit` people that are due by one of `methods`, as `claimOutgoing` does single ones. */
export async function claimDigests(
  tracking: Tracking,
  methods: readonly string[],
  limit: number,
): Promise<readonly LeasedDigest[]> {
  const { leased } = await lease(tracking, (now) => {
    const isDue = sql`in_digest and next_attempt_at <= ${now} and method = any(${sql.param(methods)}::text[])
      and attempts < max_attempts and (expires_at is null or expires_at > ${now})`;
    return sql`person as materialized (
        select user_id, method, min(next_attempt_at) as since from public.realtime_event_deliveries
        where ${isDue} group by user_id, method order by since limit ${limit}
      ), due as materialized (
        select d.*, row_number() over () as place from person cross join lateral (
          select ${claimedColumns(now)} from public.realtime_event_deliveries d
          where d.user_id = person.user_id and d.method = person.method and d.in_digest and d.next_attempt_at <= ${now}
            and d.attempts < d.max_attempts and (d.expires_at is null or d.expires_at > ${now})
          order by d.priority_rank desc, d.created_at limit ${maxEvents} for update of d skip locked
        ) d
      ), delayed as (select where false)`;
  });
  return [...Map.groupBy(leased, ({ userId, method }) => `${method} ${userId}`).values()];
}
