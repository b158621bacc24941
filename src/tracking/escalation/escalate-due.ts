import { sql } from 'drizzle-orm';
import { servicePrincipal } from '../../realtime/principal.ts';
import { nextMethod } from '../deliveries/pass-on.ts';
import { withPrincipal } from '../principal.ts';
import { unreadStatuses } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';

/** Deliveries of one statement. */
export const escalatedAtOnce = 500;

/**
 * Hands what stayed unread for as long as its type allows to the next of the `available` methods that reaches its person,
 * the most urgent first; without one it stays with its method. Returns how many deliveries were due, at most
 * {@link escalatedAtOnce}. What was read is not among them: reading ends the escalation in the same statement.
 */
export async function escalateDue(tracking: Tracking, available: readonly string[]): Promise<number> {
  const rows = await withPrincipal(tracking, servicePrincipal, async (tx) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<{ next: string | null }>(sql`
      with due as materialized (
        select d.event_id, d.user_id, ${nextMethod(available)} as next
        from public.realtime_event_deliveries d
        join public.realtime_events e on e.id = d.event_id join public.realtime_event_types t on t.name = e.type
        where d.escalates_at <= ${now} and d.status in ${[...unreadStatuses]}
          and (d.expires_at is null or d.expires_at > ${now})
        order by d.priority_rank desc, d.escalates_at limit ${escalatedAtOnce} for update of d skip locked
      )
      update public.realtime_event_deliveries d set
        escalates_at = null, escalations = d.escalations + (due.next is not null)::integer,
        method = coalesce(due.next, d.method),
        attempts = case when due.next is null then d.attempts else 0 end,
        next_attempt_at = case when due.next is null then d.next_attempt_at else ${now}::timestamptz end,
        in_digest = d.in_digest and due.next is null
      from due where d.event_id = due.event_id and d.user_id = due.user_id returning due.next`);
    return rows;
  });
  tracking.measures?.count('escalated', rows.filter(({ next }) => next !== null).length);
  return rows.length;
}
