import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import { publishWithPrincipal } from '../principal.ts';
import { sourcesOf } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { failDeliveries } from './settle.ts';

/** A delivery that its method could not bring to its end. */
export interface Unsettled {
  readonly eventId: string;
  readonly userId: string;
  readonly method: string;
  /** The methods of its type. */
  readonly methods: readonly string[];
  readonly error: string;
  /** It awaits a connection of the person: without a next method it goes on waiting. */
  readonly awaits?: boolean;
}

/** Deliveries of one transaction. */
export const passedAtOnce = 500;

/**
 * Hands deliveries to the next method of their type among `available`; where there is none they fail, or, already read,
 * wait for nothing any more. In a transaction of the service that has locked them. Returns how many failed.
 */
export async function passOn(
  tx: Drizzle,
  publish: (publication: NewPublication) => void,
  deliveries: readonly Unsettled[],
  available: readonly string[],
  now: string,
): Promise<number> {
  const next = deliveries.map(
    ({ method, methods }) =>
      methods.slice(methods.indexOf(method) + 1).find((name) => available.includes(name)) ?? null,
  );
  await tx.execute(sql`
    update public.realtime_event_deliveries d set
      method = coalesce(given.next, d.method),
      attempts = case when given.next is null then d.attempts else 0 end,
      next_attempt_at = case when given.next is not null then ${now}::timestamptz end,
      last_error = given.error
    from unnest(${sql.param(deliveries.map(({ eventId }) => eventId))}::uuid[],
      ${sql.param(deliveries.map(({ userId }) => userId))}::text[], ${sql.param(next)}::text[],
      ${sql.param(deliveries.map(({ error }) => error.slice(0, 500)))}::text[]) as given(event_id, user_id, next, error)
    where d.event_id = given.event_id and d.user_id = given.user_id`);
  const last = deliveries.filter(({ awaits = false }, index) => next[index] === null && !awaits);
  return last.length > 0 ? failDeliveries(tx, publish, last, now) : 0;
}

/**
 * Passes on what was sent as often as its type allows and is still not acknowledged, what nobody was connected for, and
 * what waits for a method this deployment has not; lets go of what was read before it expired. Returns how many, at most
 * {@link passedAtOnce}.
 */
export async function passOnDue(tracking: Tracking, available: readonly string[]): Promise<number> {
  const { found, failed } = await publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<Due>(sql`
      select d.event_id, d.user_id, d.method, d.attempts, d.last_error, d.is_over, t.methods,
        d.awaits_connection and d.method = 'websocket' and not d.is_over as awaits
      from generate_series(5, 1, -1) as rank
      cross join lateral (
        select *, coalesce(expires_at <= ${now}, false) as is_over from public.realtime_event_deliveries
        where priority_rank = rank and next_attempt_at <= ${now} and case when expires_at <= ${now}
          then status not in ${sourcesOf('expired')}
          else attempts >= max_attempts or (awaits_connection and method = 'websocket')
            or method <> all(${sql.param(available)}::text[]) end
        order by next_attempt_at limit ${passedAtOnce} for update skip locked
      ) d
      join public.realtime_events e on e.id = d.event_id
      join public.realtime_event_types t on t.name = e.type
      limit ${passedAtOnce}`);
    if (rows.length === 0) return { found: 0, failed: 0 };
    const deliveries = rows.map((row) => unsettled(row, available));
    return { found: rows.length, failed: await passOn(tx, publish, deliveries, available, now) };
  });
  tracking.measures?.count('failed', failed);
  return found;
}

function unsettled(row: Due, available: readonly string[]): Unsettled {
  const { event_id: eventId, user_id: userId, method, attempts, last_error, is_over, methods, awaits } = row;
  const unanswered = awaits ? 'nobody was connected' : `no acknowledgement after ${attempts} by ${method}`;
  const missing = available.includes(method) ? unanswered : `${method} is not set up`;
  return { eventId, userId, method, methods: is_over ? [] : methods, error: last_error ?? missing, awaits };
}

interface Due extends Record<string, unknown> {
  readonly event_id: string;
  readonly user_id: string;
  readonly method: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly is_over: boolean;
  readonly awaits: boolean;
  readonly methods: readonly string[];
}
