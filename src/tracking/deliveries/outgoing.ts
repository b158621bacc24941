import { type SQL, sql } from 'drizzle-orm';
import { attemptMs, type Outcome, type OutgoingDelivery } from '../../extension/delivery-method.ts';
import type { ReachHours } from '../../extension/delivery-settings.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { refusalOf, waitOf } from '../preferences/escalation-rules.ts';
import { hoursOf, noHours, plannedRank } from '../preferences/hours.ts';
import { publishWithPrincipal } from '../principal.ts';
import { unreadStatuses } from '../statuses.ts';
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

export interface ClaimOptions {
  /** The methods that send digests. */
  readonly digestible?: readonly string[];
  /** The hours of people who set none. */
  readonly hours?: ReachHours;
  /** Leaves low and normal events to `planDue` until it has chosen their time. */
  readonly isPlanned?: boolean;
}

/** Deliveries that a claim looks at beyond those that it leases, to put off those that may not leave now. */
const lookedAtOnce = 100;

/**
 * Claims what is due by one of `methods`, the most urgent first: it is `sent` and counted unread from now on, and nobody
 * else claims it before the lease ends. A process that dies in between leaves it to the next one that claims it: at
 * least once. Deliveries in the quiet hours of their person, or for their digest, are put off until then in the same
 * statement; those that do not reach their person are left to `passOnDue`.
 */
export async function claimOutgoing(
  tracking: Tracking,
  methods: readonly string[],
  limit: number,
  { digestible = [], hours = noHours, isPlanned = false }: ClaimOptions = {},
): Promise<readonly LeasedDelivery[]> {
  for (;;) {
    const { leased, delayed } = await lease(tracking, (now) => {
      const { until, isForDigest } = hoursOf(now, digestible, hours);
      return sql`
        looked as materialized (
          select d.*, row_number() over () as place from generate_series(5, 1, -1) as rank
          cross join lateral (
            select ${claimedColumns(now)}, ${until} as until, ${isForDigest} as is_for_digest
            from public.realtime_event_deliveries d
            join public.realtime_events e on e.id = d.event_id join public.realtime_event_types t on t.name = e.type
            left join public.realtime_contacts c on c.user_id = d.user_id
            where d.priority_rank = rank and d.next_attempt_at <= ${now} and d.method = any(${sql.param(methods)}::text[])
              and d.attempts < d.max_attempts and (d.expires_at is null or d.expires_at > ${now}) and not d.in_digest
              and (${!isPlanned} or d.priority_rank > ${plannedRank} or d.attempts > 0 or d.planned_method = d.method)
              and ${refusalOf(sql`d.method`)} is null
            order by d.next_attempt_at limit ${limit + lookedAtOnce} for update of d skip locked
          ) d limit ${limit + lookedAtOnce}
        ), due as materialized (
          select * from looked where until is null order by place limit ${limit}
        ), delayed as (
          update public.realtime_event_deliveries d set next_attempt_at = looked.until, in_digest = looked.is_for_digest
          from looked where looked.until is not null and d.event_id = looked.event_id and d.user_id = looked.user_id
          returning 1
        )`;
    });
    // Behind those that were put off there may be others.
    if (leased.length > 0 || delayed === 0) return leased;
  }
}

/** The columns of a delivery `d` that `lease` needs. */
export const claimedColumns = (now: string) =>
  sql`d.event_id, d.user_id, d.tenant_id, d.status, d.method, d.attempts, d.priority_rank, ${waitedMs(now)}`;

interface Leased {
  readonly leased: readonly LeasedDelivery[];
  /** The number of deliveries that were put off. */
  readonly delayed: number;
}

/** Leases the deliveries that the common table `due` has claimed, with a `place` for each; `delayed` has those put off. */
export async function lease(tracking: Tracking, due: (now: string) => SQL): Promise<Leased> {
  const { rows, leased, delayed } = await publishWithPrincipal(
    tracking,
    servicePrincipal,
    async (tx, publish) => {
      const now = nowOf(tracking);
      const leasedUntil = new Date(Date.parse(now) + leaseMs).toISOString();
      const { rows: found } = await tx.execute<FoundRow>(sql`
      with ${due(now)}, leased as (
        update public.realtime_event_deliveries d set next_attempt_at = ${leasedUntil},
          status = case when d.status = 'pending' then 'sent' else d.status end, sent_at = coalesce(d.sent_at, ${now})
        from due where d.event_id = due.event_id and d.user_id = due.user_id
      ), begun as (
        insert into public.realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at)
        select event_id, user_id, tenant_id, method, attempts + 1, ${now} from due returning id, event_id, user_id
      ), counted as (${countUnread(sql`select user_id, 1 from due where status = 'pending'`)})
      select due.*, begun.id as attempt_id, counted.count, counted.version, (select count(*)::integer from delayed) as delayed
      from (select) one left join (due join begun on begun.event_id = due.event_id and begun.user_id = due.user_id) on true
      left join counted on counted.user_id = due.user_id order by due.place`);
      const rows = found.filter((row): row is ClaimedRow => row.event_id !== null);
      const delayed = found[0]?.delayed ?? 0;
      if (rows.length === 0) return { rows, leased: [], delayed };
      const counts = new Map(rows.map((row) => [row.user_id, row]));
      for (const row of counts.values()) if (row.version !== null) publish(unreadPublication(row));
      const events = await beginEvents(tx, now, [...new Set(rows.map((row) => row.event_id))]);
      const leased = rows.flatMap(
        ({ event_id, user_id: userId, method, attempts, attempt_id: attemptId }) => {
          const event = events.get(event_id);
          return event ? [{ userId, event, method, attempt: attempts + 1, leasedUntil, attemptId }] : [];
        },
      );
      return { rows, leased, delayed };
    },
  );
  measureSent(tracking, rows);
  return { leased, delayed };
}

interface FoundRow extends Record<string, unknown> {
  /** Null where nothing was claimed. */
  readonly event_id: string | null;
  readonly delayed: number;
}

interface ClaimedRow extends CountRow, SentRow, FoundRow {
  readonly event_id: string;
  readonly method: string;
  readonly attempts: number;
  readonly attempt_id: string;
}

/**
 * Writes the outcome of an attempt, of all deliveries that it was for. `taken` hands them over: no method is called for
 * them again, but the next has its turn where they stay unread and their type escalates. `later` repeats the attempt after
 * the type's interval, doubled each time and up to a quarter longer by `random` (0 to 1); `never`, or the last `later`,
 * passes them on at once. Changes nothing of a delivery when its lease has ended or the acknowledgement was quicker; the
 * attempt is recorded all the same. Returns whether one was passed on.
 */
export async function settleOutgoing(
  tracking: Tracking,
  attempts: readonly LeasedDelivery[],
  outcome: Outcome,
  { available, random }: { readonly available: readonly string[]; readonly random: number },
): Promise<boolean> {
  const isTaken = outcome.kind === 'taken';
  const taken = isTaken ? outcome : undefined;
  const error = isTaken ? null : outcome.error.slice(0, 500);
  const notBefore = outcome.kind === 'later' ? (outcome.retryAfterMs ?? 0) : 0;
  const failed = await publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const pause = sql`least(${longestPauseMs}, t.retry_interval_ms * 2 ^ least(d.attempts, 20))`;
    const { rows } = await tx.execute<SettledRow>(sql`
      with ended as (
        update public.realtime_delivery_attempts a set ended_at = ${now}, outcome = ${outcome.kind},
          error = coalesce(${error}, a.error), provider_id = ${taken?.providerId ?? null},
          segments = ${taken?.segments ?? null}, cost = ${taken?.cost ?? null}
        where id = any(${sql.param(attempts.map(({ attemptId }) => attemptId))}::uuid[])
        returning a.event_id, a.user_id, a.method, coalesce(report = 'failed', false) as is_undelivered, a.error
      )
      update public.realtime_event_deliveries d set
        attempts = case when ended.is_undelivered then d.max_attempts else d.attempts + 1 end,
        last_error = case when ended.error is not null then ended.method || ': ' || ended.error end,
        in_digest = d.in_digest and not ${isTaken},
        escalates_at = case when ${isTaken} and not ended.is_undelivered and d.status in ${[...unreadStatuses]}
          then ${now}::timestamptz + ${waitOf('d')} end,
        next_attempt_at = case when ended.is_undelivered then ${now}::timestamptz when not ${isTaken} then ${now}::timestamptz
          + greatest(${notBefore}, ${pause}) * ${1 + random / 4}::double precision * interval '1 millisecond' end
      from public.realtime_events e join public.realtime_event_types t on t.name = e.type, ended
      where d.event_id = ended.event_id and d.user_id = ended.user_id and d.method = ended.method and e.id = d.event_id
        and d.next_attempt_at = ${attempts[0]?.leasedUntil ?? now}
      returning d.event_id, d.user_id, d.attempts >= d.max_attempts as is_last, ended.is_undelivered, d.last_error`);
    // A provider may report a failure before it is known that it has taken the message.
    const lost = rows.filter(
      ({ is_undelivered, is_last }) =>
        is_undelivered || outcome.kind === 'never' || (outcome.kind === 'later' && is_last),
    );
    if (lost.length === 0) return undefined;
    const unsettled = lost.map((row) => ({
      eventId: row.event_id,
      userId: row.user_id,
      error: row.last_error ?? 'failed',
    }));
    return passOn(tx, publish, unsettled, available, now);
  });
  if (error !== null) tracking.measures?.count('errors');
  tracking.measures?.count('failed', failed ?? 0);
  return failed !== undefined;
}

interface SettledRow extends Record<string, unknown> {
  readonly event_id: string;
  readonly user_id: string;
  readonly is_last: boolean;
  readonly is_undelivered: boolean;
  readonly last_error: string | null;
}
