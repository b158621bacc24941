import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import { refusalOf } from '../preferences/escalation-rules.ts';
import { publishWithPrincipal } from '../principal.ts';
import { sourcesOf } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { failDeliveries } from './settle.ts';

/** A delivery that its method could not bring to its end. */
export interface Unsettled {
  readonly eventId: string;
  readonly userId: string;
  readonly error: string;
  /** It was read, or is over: no method is left to try. */
  readonly ends?: boolean;
  /** It awaits a connection of the person: without a next method it goes on waiting. */
  readonly awaits?: boolean;
}

/** Deliveries of one transaction. */
export const passedAtOnce = 500;

/**
 * Hands deliveries to the next method of their type among `available` that reaches their person; where there is none they
 * fail, or, already read, wait for nothing any more. In a transaction of the service that has locked them. Returns how
 * many failed.
 */
export async function passOn(
  tx: Drizzle,
  publish: (publication: NewPublication) => void,
  deliveries: readonly Unsettled[],
  available: readonly string[],
  now: string,
): Promise<number> {
  const { rows } = await tx.execute<{ event_id: string; user_id: string; next: string | null }>(sql`
    with chosen as materialized (
      select d.event_id, d.user_id, given.error, case when not given.ends then ${nextMethod(available)} end as next
      from unnest(${sql.param(deliveries.map(({ eventId }) => eventId))}::uuid[],
        ${sql.param(deliveries.map(({ userId }) => userId))}::text[],
        ${sql.param(deliveries.map(({ error }) => error.slice(0, 500)))}::text[],
        ${sql.param(deliveries.map(({ ends = false }) => ends))}::boolean[]) as given(event_id, user_id, error, ends)
      join public.realtime_event_deliveries d on d.event_id = given.event_id and d.user_id = given.user_id
      join public.realtime_events e on e.id = d.event_id
      join public.realtime_event_types t on t.name = e.type
    )
    update public.realtime_event_deliveries d set
      method = coalesce(chosen.next, d.method),
      attempts = case when chosen.next is null then d.attempts else 0 end,
      next_attempt_at = case when chosen.next is not null then ${now}::timestamptz end,
      escalates_at = null, in_digest = false, last_error = chosen.error
    from chosen where d.event_id = chosen.event_id and d.user_id = chosen.user_id
    returning d.event_id, d.user_id, chosen.next`);
  const keyOf = (eventId: string, userId: string) => `${eventId} ${userId}`;
  const ended = new Set(
    rows.flatMap(({ event_id, user_id, next }) => (next === null ? [keyOf(event_id, user_id)] : [])),
  );
  const last = deliveries.filter(
    ({ eventId, userId, awaits = false }) => !awaits && ended.has(keyOf(eventId, userId)),
  );
  return last.length > 0 ? failDeliveries(tx, publish, last, now) : 0;
}

/** For a statement with a delivery `d`, its event `e` and its type `t`: the next method that reaches the person. */
export const nextMethod = (available: readonly string[]) => sql`(
  select step.method from unnest(t.methods) with ordinality as step(method, place)
  where step.place > coalesce(array_position(t.methods, d.method), 0) and step.method = any(${sql.param(available)}::text[])
    and (step.method = 'websocket' or ${refusalOf(sql`step.method`)} is null)
  order by step.place limit 1)`;

/**
 * Passes on what was sent as often as its type allows and is still not acknowledged, what nobody was connected for, and
 * what waits for a method that this deployment has not or that does not reach its person; lets go of what was read before
 * it expired. Returns how many, at most {@link passedAtOnce}.
 */
export async function passOnDue(tracking: Tracking, available: readonly string[]): Promise<number> {
  const { found, failed } = await publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<Due>(sql`
      select d.event_id, d.user_id, d.method, d.attempts, d.last_error, d.is_over, d.refusal,
        d.awaits_connection and d.method = 'websocket' and not d.is_over as awaits
      from generate_series(5, 1, -1) as rank
      cross join lateral (
        select d.*, coalesce(d.expires_at <= ${now}, false) as is_over,
          case when d.method <> 'websocket' then ${refusalOf(sql`d.method`)} end as refusal
        from public.realtime_event_deliveries d
        join public.realtime_events e on e.id = d.event_id join public.realtime_event_types t on t.name = e.type
        where d.priority_rank = rank and d.next_attempt_at <= ${now} and case when d.expires_at <= ${now}
          then d.status not in ${sourcesOf('expired')}
          else d.attempts >= d.max_attempts or (d.awaits_connection and d.method = 'websocket')
            or d.method <> all(${sql.param(available)}::text[])
            or (d.method <> 'websocket' and ${refusalOf(sql`d.method`)} is not null) end
        order by d.next_attempt_at limit ${passedAtOnce} for update of d skip locked
      ) d
      limit ${passedAtOnce}`);
    if (rows.length === 0) return { found: 0, failed: 0 };
    const deliveries = rows.map((row) => unsettled(row, available));
    return { found: rows.length, failed: await passOn(tx, publish, deliveries, available, now) };
  });
  tracking.measures?.count('failed', failed);
  return found;
}

function unsettled(row: Due, available: readonly string[]): Unsettled {
  const {
    event_id: eventId,
    user_id: userId,
    method,
    attempts,
    last_error,
    is_over: ends,
    awaits,
    refusal,
  } = row;
  const unanswered = awaits ? 'nobody was connected' : `no acknowledgement after ${attempts} by ${method}`;
  const missing = available.includes(method) ? unanswered : `${method} is not set up`;
  const error = refusal === null ? (last_error ?? missing) : `${method}: ${refusal}`;
  return { eventId, userId, error, ends, awaits };
}

interface Due extends Record<string, unknown> {
  readonly event_id: string;
  readonly user_id: string;
  readonly method: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly is_over: boolean;
  readonly awaits: boolean;
  /** The reason for which the method does not reach the person. */
  readonly refusal: string | null;
}
