import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { readersSince } from '../../protocol/wire/exclusion.ts';
import { eventsChannel } from '../channels.ts';
import { goesOn, waitOf } from '../preferences/escalation-rules.ts';
import type { DeliveryStatus } from '../statuses.ts';
import { type CountRow, countUnread } from '../unread.ts';

/** A delivery that a statement has claimed for the person's channel. */
export interface Claimed extends CountRow {
  readonly event_id: string;
  /** Before it was claimed. */
  readonly status: DeliveryStatus;
  readonly priority_rank: number;
  /** Since it was due. Milliseconds. */
  readonly waited_ms: number;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** Whether it is to be published; false where it was before and nobody is connected to hear it again. */
  readonly is_heard: boolean;
  /** Whether a connection of the person was recorded. */
  readonly is_connected: boolean;
  /** A position of the channel shortly before the last publication of it; bigint comes as text. */
  readonly channel_epoch: string | null;
  readonly channel_offset: string | null;
}

/** Returns the readers that a publication of this delivery is kept from: those that were given the last one. */
export function alreadyHeard({ channel_epoch: epoch, channel_offset: offset }: Claimed) {
  return epoch === null || offset === null ? undefined : readersSince({ epoch, offset: Number(offset) });
}

export const waitedMs = (now: string) =>
  sql`(extract(epoch from ${now}::timestamptz - next_attempt_at) * 1000)::float8 as waited_ms`;

const claimedColumns = sql.raw(
  `event_id, user_id, status, priority_rank, method, attempts, escalates, channel_epoch, channel_offset`,
);

/**
 * Claims what is due by `websocket`, the most urgent first. An attempt counts where a connection of the person is there
 * to hear it. Otherwise the delivery awaits the next connection, and after the type's interval the next method has its
 * turn, where the type has one. A look at each priority in turn, by an index, reads little but what is due.
 */
export async function claimDue(
  tx: Drizzle,
  now: string,
  limit: number,
  eventId: string | undefined,
  available: readonly string[] | undefined,
): Promise<readonly Claimed[]> {
  const ofEvent: SQL = eventId === undefined ? sql`` : sql`and event_id = ${eventId}`;
  const { rows } = await tx.execute<Claimed & Record<string, unknown>>(sql`
    with due as materialized (
      select d.*, row_number() over () as place from generate_series(5, 1, -1) as rank
      cross join lateral (
        select ${claimedColumns}, ${waitedMs(now)} from public.realtime_event_deliveries
        where priority_rank = rank and next_attempt_at <= ${now} ${ofEvent} and not awaits_connection
          and method = 'websocket' and attempts < max_attempts and (expires_at is null or expires_at > ${now})
        order by next_attempt_at limit ${limit} for update skip locked
      ) d limit ${limit}
    ), told as materialized (
      select due.*, ${ofTypeAndChannel}, ${goesOn('due', available)} as goes_on, exists (select from public.websocket_connections c
        where c.user_id = due.user_id and c.disconnected_at is null and c.receives_events) as is_connected
      from ${withTypeAndChannel}
    ), sent as (
      update public.realtime_event_deliveries d set
        status = case when d.status = 'pending' then 'sent' else d.status end,
        sent_at = coalesce(d.sent_at, ${now}),
        attempts = d.attempts + told.is_connected::integer,
        awaits_connection = not told.is_connected,
        escalates_at = case when d.status <> 'pending' then d.escalates_at
          when told.is_connected then ${now}::timestamptz + told.wait when told.wait is not null then ${now}::timestamptz end,
        next_attempt_at = case when told.is_connected then ${nextAttempt(now)}
          when told.wait is null and told.goes_on then ${now}::timestamptz + told.pause end,
        ${wherePublished(sql`told.is_connected or d.channel_offset is null`)},
        expected_devices = ${expectedDevices}
      from told where d.event_id = told.event_id and d.user_id = told.user_id
    ), counted as (${countUnread(sql`select user_id, 1 from due where status = 'pending'`)})
    select told.event_id, told.user_id, told.status, told.priority_rank, told.waited_ms, told.attempts + 1 as attempt,
      told.channel_epoch, told.channel_offset, told.is_connected or told.channel_offset is null as is_heard, told.is_connected,
      counted.count, counted.version
    from told left join counted on counted.user_id = told.user_id order by told.place`);
  return rows;
}

/**
 * Claims what awaited the connection of these people, in the order in which it was sent. What another method has taken
 * over meanwhile is published too; the other method goes on.
 */
export async function claimAwaiting(
  tx: Drizzle,
  now: string,
  limit: number,
  userIds: readonly string[],
): Promise<readonly Claimed[]> {
  const { rows } = await tx.execute<Claimed & Record<string, unknown>>(sql`
    with due as materialized (
      select ${claimedColumns}, row_number() over () as place from (
        select * from public.realtime_event_deliveries
        where awaits_connection and user_id = any(${sql.param(userIds)}::text[]) and status <> all('{pending,acknowledged,expired,cancelled}')
          and (expires_at is null or expires_at > ${now})
        order by sent_at, event_id limit ${limit} for update skip locked
      ) d
    ), told as materialized (
      select due.*, ${ofTypeAndChannel}, due.method = 'websocket' and due.status <> 'failed' as is_own
      from ${withTypeAndChannel}
    ), sent as (
      update public.realtime_event_deliveries d set
        awaits_connection = false,
        attempts = d.attempts + told.is_own::integer,
        next_attempt_at = case when told.is_own then ${nextAttempt(now)} else d.next_attempt_at end,
        ${wherePublished(sql`true`)},
        expected_devices = ${expectedDevices}
      from told where d.event_id = told.event_id and d.user_id = told.user_id
    )
    select event_id, user_id, status, priority_rank, 0 as waited_ms, true as is_heard, true as is_connected,
      case when is_own then attempts else 0 end + 1 as attempt, channel_epoch, channel_offset,
      null::integer as count, null::bigint as version
    from told order by place`);
  return rows;
}

/**
 * Counts the attempt of deliveries that this transaction has claimed: a session heard them that is not recorded yet.
 */
export async function countAttempts(tx: Drizzle, now: string, heard: readonly Claimed[]): Promise<void> {
  await tx.execute(sql`
    update public.realtime_event_deliveries d set
      attempts = d.attempts + 1, awaits_connection = false, next_attempt_at = ${nextAttempt(now)},
      escalates_at = ${now}::timestamptz + told.wait
    from (
      select given.*, ${waitOf('d')} as wait, t.acknowledgement, t.retry_interval_ms * interval '1 millisecond' as pause
      from unnest(${sql.param(heard.map((row) => row.event_id))}::uuid[],
        ${sql.param(heard.map((row) => row.user_id))}::text[]) as given(event_id, user_id)
      join public.realtime_event_deliveries d on d.event_id = given.event_id and d.user_id = given.user_id
      join public.realtime_events e on e.id = given.event_id
      join public.realtime_event_types t on t.name = e.type
    ) told
    where d.event_id = told.event_id and d.user_id = told.user_id`);
}

/** Columns that a statement with `due` adds from the type of the event, and from the head of the person's channel. */
const ofTypeAndChannel = sql`t.acknowledgement, t.retry_interval_ms * interval '1 millisecond' as pause,
  ${waitOf('due')} as wait, head.epoch as head_epoch, head.last_offset as head_offset`;
// By the key for each row: a join of the whole would read every channel.
const withTypeAndChannel = sql`due join public.realtime_events e on e.id = due.event_id
  join public.realtime_event_types t on t.name = e.type
  left join lateral (
    select epoch, last_offset from public.realtime_channels
    where name = ${`${eventsChannel}:`} || public.realtime_encode_segment(due.user_id) limit 1
  ) head on true`;

const nextAttempt = (now: string) =>
  sql`case when told.acknowledgement <> 'none' then ${now}::timestamptz + told.pause * 2 ^ d.attempts end`;

/** The head as this statement reads it lies before the publication, which follows in the same transaction. */
const wherePublished = (isPublished: SQL) => sql`
  channel_epoch = case when ${isPublished} then coalesce(told.head_epoch, '') else d.channel_epoch end,
  channel_offset = case when ${isPublished} then coalesce(told.head_offset, 0) else d.channel_offset end`;

const expectedDevices = sql`case when told.acknowledgement = 'every_device' then array(
    select unnest(d.expected_devices) union select c.device_id from public.websocket_connections c
    where c.user_id = d.user_id and c.disconnected_at is null and c.receives_events
  ) else d.expected_devices end`;
