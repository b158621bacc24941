import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import { announcementsChannel, channelOf } from '../channels.ts';
import { asPrincipal, publishWithPrincipal } from '../principal.ts';
import { sourcesOf, unreadStatuses } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { type CountRow, countUnread, unreadPublication } from '../unread.ts';
import { checkSupervises } from './readers.ts';

/** Deliveries of one transaction. */
const settledAtOnce = 1_000;

/**
 * Ends what is past its expiry, at most `limit` deliveries, and returns how many those were; fewer than `limit` means
 * that all were. Safe on any number of processes.
 */
export function expireDue(tracking: Tracking, { limit = settledAtOnce } = {}): Promise<number> {
  return publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const over = sql`e.expires_at <= ${now} and e.status in ('pending', 'sent')`;
    const found = sql`
      select d.event_id, d.user_id, d.status from public.realtime_event_deliveries d
      join public.realtime_events e on e.id = d.event_id
      where ${over} and d.status in ${sourcesOf('expired')} limit ${limit} for update of d skip locked`;
    const count = await settle(tx, publish, 'expired', found, now);
    await tx.execute(sql`update public.realtime_events e set status = 'expired'
      where ${over} and not exists (select from public.realtime_event_deliveries d
        where d.event_id = e.id and d.status in ${sourcesOf('expired')})`);
    return count;
  });
}

/**
 * Takes back an event: people who have not read it do not find it any more. Returns how many deliveries that ended. For
 * its author, those who supervise its tenant, and the service. The devices that show it are told by `event_status`.
 * Throws `not_found`, `conflict` when it is over.
 */
export function cancelEvent(tracking: Tracking, principal: Principal, eventId: string): Promise<number> {
  return publishWithPrincipal(tracking, principal, async (tx, publish) => {
    await checkSupervises(tx, eventId);
    return asPrincipal(tx, tracking.members, servicePrincipal, async () => {
      const cancelled = await tx.execute<{
        announced_to: string | null;
      }>(sql`update public.realtime_events set status = 'cancelled'
        where id = ${eventId} and status in ('pending', 'sent')
        returning case when channel_offset is not null then tenant_id end as announced_to`);
      const [event] = cancelled.rows;
      if (!event) throw new AppError('conflict', 'This event is over already.');
      // A reader keeps it, and is not asked again to acknowledge it.
      await tx.execute(
        sql`update public.realtime_event_deliveries set next_attempt_at = null, awaits_connection = false where event_id = ${eventId}`,
      );
      const found = sql`select event_id, user_id, status from public.realtime_event_deliveries
        where event_id = ${eventId} and method <> 'channel' and status in ${sourcesOf('cancelled')}
        order by user_id for update`;
      const ended = await settle(tx, publish, 'cancelled', found, nowOf(tracking));
      const tell = (channel: string) =>
        publish({ channel, type: 'event_status', data: { eventId, status: 'cancelled' } });
      if (event.announced_to !== null) tell(announcementsChannel(event.announced_to));
      for (const userId of await havingSeen(tx, eventId)) tell(channelOf(userId));
      return ended;
    });
  });
}

/** People who were sent an event before it was taken back. */
async function havingSeen(tx: Drizzle, eventId: string): Promise<string[]> {
  const { rows } = await tx.execute<{ user_id: string }>(sql`
    select user_id from public.realtime_event_deliveries
    where event_id = ${eventId} and status = 'cancelled' and sent_at is not null order by user_id collate "C"`);
  return rows.map((row) => row.user_id);
}

/**
 * No way to the person is left: the deliveries that can still fail do. Part of the worker's transaction, which has
 * locked them and runs as the service.
 */
export function failDeliveries(
  tx: Drizzle,
  publish: (publication: NewPublication) => void,
  deliveries: readonly { readonly eventId: string; readonly userId: string; readonly error: string }[],
  now: string,
): Promise<number> {
  const column = (values: readonly string[]) => sql.param(values);
  const found = sql`
    select d.event_id, d.user_id, d.status, given.error
    from unnest(${column(deliveries.map((each) => each.eventId))}::uuid[],
      ${column(deliveries.map((each) => each.userId))}::text[],
      ${column(deliveries.map((each) => each.error.slice(0, 500)))}::text[]) as given(event_id, user_id, error)
    join public.realtime_event_deliveries d on d.event_id = given.event_id and d.user_id = given.user_id
    where d.status in ${sourcesOf('failed')} order by d.event_id, d.user_id for update of d`;
  return settle(tx, publish, 'failed', found, now);
}

/** `found` locks deliveries as (event_id, user_id, status): all of them become `to`, and their counters follow. */
async function settle(
  tx: Drizzle,
  publish: (publication: NewPublication) => void,
  to: 'expired' | 'cancelled' | 'failed',
  found: SQL,
  now: string,
): Promise<number> {
  const at = sql.raw(`${to}_at`);
  const more =
    to === 'failed'
      ? sql`, last_error = found.error, sent_at = coalesce(d.sent_at, ${now})`
      : sql`, awaits_connection = false`;
  const wasUnread = sql`status in ${[...unreadStatuses]} and method <> 'channel'`;
  // A failed one is still to be read; one that had never been sent is from now on.
  const delta = to === 'failed' ? sql`(status = 'pending')::integer` : sql`-(${wasUnread})::integer`;
  const { rows } = await tx.execute<CountRow & { readonly changed: number }>(sql`
    with found as materialized (${found}
    ), changed as (
      update public.realtime_event_deliveries d set status = ${to}, ${at} = ${now}, next_attempt_at = null ${more}
      from found where d.event_id = found.event_id and d.user_id = found.user_id
      returning d.user_id, found.status, d.method
    ), counted as (${countUnread(sql`select user_id, ${delta} from changed`)})
    select (select count(*)::integer from changed) as changed, counted.*
    from (select) one left join counted on true`);
  for (const row of rows) if (row.version !== null) publish(unreadPublication(row));
  return rows[0]?.changed ?? 0;
}
