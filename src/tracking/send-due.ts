import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/open.ts';
import { channelOf } from './channels.ts';
import { dataOf } from './event-data.ts';
import type { EventData } from './model.ts';
import { publishWithPrincipal, service } from './principal.ts';
import { realtimeEvents, realtimeEventTypes } from './schema/events.ts';
import { type DeliveryStatus, priorities } from './statuses.ts';
import { nowOf, type Tracking } from './tracking.ts';
import { type CountRow, countUnread, unreadPublication } from './unread.ts';

/** Deliveries of one transaction: few enough that an urgent one soon has its turn. */
export const deliveriesAtOnce = 500;

export interface SendOptions {
  /** Of this event alone. */
  readonly eventId?: string;
  /** At most {@link deliveriesAtOnce}. */
  readonly limit?: number;
}

/**
 * Publishes what is due by `websocket`, the most urgent first, and answers how many that were: pending ones for the
 * first time, others again because the acknowledgement their type awaits is missing. One transaction claims them, makes
 * them `sent`, counts them unread and appends to the log, so each attempt is published exactly once, whatever dies and
 * however many processes do this at once. An attempt after the type's last, another method, or an event that is over
 * is not its business.
 */
export async function sendDue(
  tracking: Tracking,
  { eventId, limit = deliveriesAtOnce }: SendOptions = {},
): Promise<number> {
  const sent = await publishWithPrincipal(tracking, service, async (tx, publish) => {
    const now = nowOf(tracking);
    const claimed = await claim(tx, now, limit, eventId);
    if (claimed.length === 0) return claimed;
    const events = await beginEvents(tx, now, [...new Set(claimed.map((row) => row.event_id))]);
    for (const { event_id, user_id } of claimed) {
      const data = events.get(event_id);
      if (!data) throw new Error('A delivery was claimed without its event.');
      publish({ channel: channelOf(user_id), ...eventPublication(data) });
    }
    const counts = new Map(claimed.map((row) => [row.user_id, row]));
    for (const row of counts.values()) if (row.version !== null) publish(unreadPublication(row));
    return claimed;
  });
  measureSent(tracking, sent);
  return sent.length;
}

/** An event as it is published, wherever to. */
export const eventPublication = (data: EventData) => ({
  type: 'realtime_event',
  eventType: data.eventType,
  data,
  ...(data.sourceUserId !== null && { sourceUserId: data.sourceUserId }),
});

/** Of a claim that is committed. */
export function measureSent({ measures }: Tracking, sent: readonly SentRow[]): void {
  for (const { status, priority_rank, waited_ms } of sent) {
    measures?.count(`sent_${priorities[priority_rank - 1] ?? 'normal'}`);
    if (status === 'pending') measures?.time('created_to_sent_ms', waited_ms);
  }
}

export interface SentRow {
  /** Before it was sent. */
  readonly status: DeliveryStatus;
  readonly priority_rank: number;
  /** Since it was due. */
  readonly waited_ms: number;
}

interface Claimed extends CountRow, SentRow {
  readonly event_id: string;
}

export const waitedMs = (now: string) =>
  sql`(extract(epoch from ${now}::timestamptz - next_attempt_at) * 1000)::float8 as waited_ms`;

/** A look at each priority in turn, by an index, reads little but what is due. */
async function claim(
  tx: Drizzle,
  now: string,
  limit: number,
  eventId: string | undefined,
): Promise<readonly Claimed[]> {
  const ofEvent: SQL = eventId === undefined ? sql`` : sql`and event_id = ${eventId}`;
  const { rows } = await tx.execute<Claimed & Record<string, unknown>>(sql`
    with due as materialized (
      select d.*, row_number() over () as place from generate_series(5, 1, -1) as rank
      cross join lateral (
        select event_id, user_id, status, priority_rank, ${waitedMs(now)} from realtime_event_deliveries
        where priority_rank = rank and next_attempt_at <= ${now} ${ofEvent}
          and method = 'websocket' and attempts < max_attempts and (expires_at is null or expires_at > ${now})
        order by next_attempt_at limit ${limit} for update skip locked
      ) d limit ${limit}
    ), told as materialized (
      select due.*, t.acknowledgement, t.retry_interval_ms * interval '1 millisecond' as pause
      from due join realtime_events e on e.id = due.event_id join realtime_event_types t on t.name = e.type
    ), sent as (
      update realtime_event_deliveries d set
        status = case when d.status = 'pending' then 'sent' else d.status end,
        sent_at = coalesce(d.sent_at, ${now}),
        attempts = d.attempts + 1,
        next_attempt_at = case when told.acknowledgement <> 'none' then ${now}::timestamptz + told.pause * 2 ^ d.attempts end,
        expected_devices = case when told.acknowledgement = 'every_device' then array(
          select unnest(d.expected_devices) union select c.device_id from websocket_connections c
          where c.user_id = d.user_id and c.disconnected_at is null
        ) else d.expected_devices end
      from told where d.event_id = told.event_id and d.user_id = told.user_id
    ), counted as (${countUnread(sql`select user_id, 1 from due where status = 'pending'`)})
    select due.event_id, due.user_id, due.status, due.priority_rank, due.waited_ms, counted.count, counted.version
    from due left join counted on counted.user_id = due.user_id order by due.place`);
  return rows;
}

/** Makes pending events sent, and answers what they say. */
export async function beginEvents(
  tx: Drizzle,
  now: string,
  ids: readonly string[],
): Promise<Map<string, EventData>> {
  const claimed = inArray(realtimeEvents.id, [...ids]);
  const rows = await tx
    .select({ event: realtimeEvents, acknowledgement: realtimeEventTypes.acknowledgement })
    .from(realtimeEvents)
    .innerJoin(realtimeEventTypes, eq(realtimeEventTypes.name, realtimeEvents.type))
    .where(claimed);
  if (rows.some(({ event }) => event.status === 'pending')) {
    const values = { status: 'sent', sentAt: now } as const;
    await tx
      .update(realtimeEvents)
      .set(values)
      .where(and(claimed, eq(realtimeEvents.status, 'pending')));
  }
  return new Map(rows.map(({ event, acknowledgement }) => [event.id, dataOf({ ...event, acknowledgement })]));
}
