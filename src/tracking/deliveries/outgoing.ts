import { sql } from 'drizzle-orm';
import { attemptMs, type Outcome, type OutgoingDelivery } from '../../extension/delivery-method.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { publishWithPrincipal } from '../principal.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { type CountRow, countUnread, unreadPublication } from '../unread.ts';
import { waitedMs } from './claim-due.ts';
import { passOn } from './pass-on.ts';
import { beginEvents, measureSent, type SentRow } from './send-due.ts';

/** A delivery that is this process's to send until `leasedUntil`. */
export interface LeasedDelivery extends OutgoingDelivery {
  readonly method: string;
  readonly leasedUntil: string;
}

/** An attempt, and time for its outcome to be written. */
export const leaseMs = 3 * attemptMs;
const longestPauseMs = 86_400_000;

/**
 * Claims what is due by one of `methods`, the most urgent first: it is `sent` and counted unread from now on, and nobody
 * else claims it before the lease ends. A process that dies in between leaves it to the next one that claims it: at
 * least once.
 */
export async function claimOutgoing(
  tracking: Tracking,
  methods: readonly string[],
  limit: number,
): Promise<readonly LeasedDelivery[]> {
  const { rows, leased } = await publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const leasedUntil = new Date(Date.parse(now) + leaseMs).toISOString();
    const { rows } = await tx.execute<ClaimedRow>(sql`
      with due as materialized (
        select d.*, row_number() over () as place from generate_series(5, 1, -1) as rank
        cross join lateral (
          select event_id, user_id, tenant_id, status, method, attempts, priority_rank, ${waitedMs(now)}
          from public.realtime_event_deliveries
          where priority_rank = rank and next_attempt_at <= ${now} and method = any(${sql.param(methods)}::text[])
            and attempts < max_attempts and (expires_at is null or expires_at > ${now})
          order by next_attempt_at limit ${limit} for update skip locked
        ) d limit ${limit}
      ), leased as (
        update public.realtime_event_deliveries d set next_attempt_at = ${leasedUntil},
          status = case when d.status = 'pending' then 'sent' else d.status end, sent_at = coalesce(d.sent_at, ${now})
        from due where d.event_id = due.event_id and d.user_id = due.user_id
      ), begun as (
        insert into public.realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at)
        select event_id, user_id, tenant_id, method, attempts + 1, ${now} from due returning id, event_id, user_id
      ), counted as (${countUnread(sql`select user_id, 1 from due where status = 'pending'`)})
      select due.*, begun.id as attempt_id, counted.count, counted.version
      from due join begun on begun.event_id = due.event_id and begun.user_id = due.user_id
      left join counted on counted.user_id = due.user_id order by due.place`);
    if (rows.length === 0) return { rows, leased: [] };
    const counts = new Map(rows.map((row) => [row.user_id, row]));
    for (const row of counts.values()) if (row.version !== null) publish(unreadPublication(row));
    const events = await beginEvents(tx, now, [...new Set(rows.map((row) => row.event_id))]);
    const leased = rows.flatMap(({ event_id, user_id: userId, method, attempts, attempt_id: attemptId }) => {
      const event = events.get(event_id);
      return event ? [{ userId, event, method, attempt: attempts + 1, leasedUntil, attemptId }] : [];
    });
    return { rows, leased };
  });
  measureSent(tracking, rows);
  return leased;
}

interface ClaimedRow extends CountRow, SentRow {
  readonly event_id: string;
  readonly method: string;
  readonly attempts: number;
  readonly attempt_id: string;
}

/**
 * Writes the outcome of an attempt. `taken` hands the delivery over: no method is called for it again. `later` repeats the
 * attempt after the type's interval, doubled each time and up to a quarter longer by `random` (0 to 1); `never`, or the
 * last `later`, passes it on at once. Changes nothing of the delivery when the lease has ended or the acknowledgement was
 * quicker; the attempt is recorded all the same. Returns whether it was passed on.
 */
export async function settleOutgoing(
  tracking: Tracking,
  { userId, event, method, leasedUntil, attemptId }: LeasedDelivery,
  outcome: Outcome,
  { available, random }: { readonly available: readonly string[]; readonly random: number },
): Promise<boolean> {
  const isTaken = outcome.kind === 'taken';
  const taken = isTaken ? outcome : undefined;
  const error = isTaken ? null : `${method}: ${outcome.error}`.slice(0, 500);
  const notBefore = outcome.kind === 'later' ? (outcome.retryAfterMs ?? 0) : 0;
  const failed = await publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const pause = sql`least(${longestPauseMs}, t.retry_interval_ms * 2 ^ least(d.attempts, 20))`;
    const { rows } = await tx.execute<SettledRow>(sql`
      with ended as (
        update public.realtime_delivery_attempts a set ended_at = ${now}, outcome = ${outcome.kind},
          error = coalesce(${isTaken ? null : outcome.error.slice(0, 500)}, a.error), provider_id = ${taken?.providerId ?? null},
          segments = ${taken?.segments ?? null}, cost = ${taken?.cost ?? null}
        where id = ${attemptId} returning coalesce(report = 'failed', false) as is_undelivered, a.error
      )
      update public.realtime_event_deliveries d set
        attempts = case when ended.is_undelivered then d.max_attempts else d.attempts + 1 end,
        last_error = ${error},
        next_attempt_at = case when ended.is_undelivered then ${now}::timestamptz when not ${isTaken} then ${now}::timestamptz
          + greatest(${notBefore}, ${pause}) * ${1 + random / 4}::double precision * interval '1 millisecond' end
      from public.realtime_events e join public.realtime_event_types t on t.name = e.type, ended
      where d.event_id = ${event.id} and d.user_id = ${userId} and d.method = ${method} and e.id = d.event_id
        and d.next_attempt_at = ${leasedUntil}
      returning d.attempts >= d.max_attempts as is_last, t.methods, ended.is_undelivered, ended.error`);
    const [row] = rows;
    if (!row) return undefined;
    // The provider reported a failure before it was known that it had taken the message.
    const why = row.is_undelivered ? `${method}: ${row.error}` : error;
    if (why === null || (outcome.kind === 'later' && !row.is_last)) return undefined;
    const unsettled = { eventId: event.id, userId, method, methods: row.methods, error: why };
    return passOn(tx, publish, [unsettled], available, now);
  });
  if (error !== null) tracking.measures?.count('errors');
  tracking.measures?.count('failed', failed ?? 0);
  return failed !== undefined;
}

interface SettledRow extends Record<string, unknown> {
  readonly is_last: boolean;
  readonly methods: readonly string[];
  readonly is_undelivered: boolean;
  readonly error: string | null;
}
