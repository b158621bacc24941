import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import { writtenAt } from '../../protocol/schemas/written.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import { channelOf } from '../channels.ts';
import type { Acknowledged, Acknowledgement } from '../model.ts';
import { positionedWithPrincipal } from '../principal.ts';
import {
  type AcknowledgementKind,
  acknowledgementKinds,
  type DeliveryStatus,
  sourcesOf,
} from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { readUnread } from '../unread.ts';
import { type Answered, acknowledgeTogether, maxDevices } from './acknowledge-together.ts';

/**
 * An acknowledgement of a device, or of its person, for an event of theirs. Saying it again, or late, changes nothing: a
 * delivery only goes forward, and each device keeps the first time of each kind. The counter of unread ones changes with
 * it. The counter and the acknowledgement are published to all devices in the same transaction. Throws `not_found` for
 * an event that was never sent to this person.
 */
export async function acknowledge(
  tracking: Tracking,
  principal: Principal,
  acknowledgement: Acknowledgement,
): Promise<Acknowledged> {
  const { userId } = principal;
  let answered: Answered | undefined;
  const published = await tracking.publisher.publishBy([], async () => {
    answered = await acknowledgeTogether(tracking, { ...acknowledgement, userId });
    return answered?.publications ?? [];
  });
  if (!answered) return acknowledgeAnnounced(tracking, principal, acknowledgement);
  measure(tracking, acknowledgement.kind, answered);
  const { status, changed, unread } = answered;
  return { status, changed, unread, ...writtenAt(published) };
}

/** An announcement is of one person only since that person said something of it, and is theirs by the policies alone. */
async function acknowledgeAnnounced(
  tracking: Tracking,
  principal: Principal,
  acknowledgement: Acknowledgement,
): Promise<Acknowledged> {
  const { eventId, kind } = acknowledgement;
  const { userId } = principal;
  const { result, written } = await positionedWithPrincipal(tracking, principal, async (tx, publish) => {
    const now = nowOf(tracking);
    // An event that is read by position has no row until there is more to say than that it arrived.
    if (kind !== 'delivered') await insertOfChannel(tx, eventId, userId);
    const row = await update(tx, userId, acknowledgement, now);
    const unread = await readUnread(tx, userId);
    if (!row) return { row, status: await announcedStatus(tx, eventId), changed: false, unread };
    if (row.changed && kind !== 'delivered') publish(statusPublication(userId, eventId, row.status));
    return { row, status: row.status, changed: row.changed, unread };
  });
  const { row, ...acknowledged } = result;
  measure(tracking, kind, row);
  return { ...acknowledged, ...written };
}

/** Tells the other devices of a person what they did about an event. */
export const statusPublication = (
  userId: string,
  eventId: string,
  status: DeliveryStatus,
): NewPublication => ({
  channel: channelOf(userId),
  type: 'event_status',
  data: { eventId, status },
});

type Measured = Pick<UpdatedRow, 'changed' | 'delivered_ms' | 'acknowledged_ms'>;

function measure({ measures }: Tracking, kind: AcknowledgementKind, row: Measured | undefined): void {
  if (!row) return;
  if (row.changed) measures?.count(kind);
  if (row.delivered_ms !== null) measures?.time('sent_to_delivered_ms', row.delivered_ms);
  if (row.acknowledged_ms !== null) measures?.time('sent_to_acknowledged_ms', row.acknowledged_ms);
}

interface UpdatedRow extends Record<string, unknown> {
  readonly status: DeliveryStatus;
  readonly changed: boolean;
  /** Since it was sent, where this is the first word of it; as the next. */
  readonly delivered_ms: number | null;
  readonly acknowledged_ms: number | null;
}

async function update(
  tx: Drizzle,
  userId: string,
  { eventId, kind, deviceId }: Acknowledgement,
  now: string,
): Promise<UpdatedRow | undefined> {
  const device = deviceId ?? null;
  const reached = acknowledgementKinds.indexOf(kind);
  const { rows } = await tx.execute<UpdatedRow>(sql`
    with known as materialized (
      select d.event_id, d.expected_devices, d.status, d.method, d.delivered_at, d.acknowledged_at, t.acknowledgement,
        (extract(epoch from ${now}::timestamptz - d.sent_at) * 1000)::float8 as sent_ms,
        case when ${device}::text is null or not ${isDeviceNews(device, kind)} then d.device_acks
          else d.device_acks || jsonb_build_object(${device}::text,
            coalesce(d.device_acks -> ${device}::text, '{}') || jsonb_build_object(${kind}::text, ${now}::text))
        end as device_acks
      from public.realtime_event_deliveries d
      join public.realtime_events e on e.id = d.event_id
      join public.realtime_event_types t on t.name = e.type
      where d.event_id = ${eventId} and d.user_id = ${userId} and d.method = 'channel' for update of d
    ), found as materialized (
      select known.*, case acknowledgement
          when 'person' then ${reached >= 2}
          when 'every_device' then expected_devices <@ array(select jsonb_object_keys(device_acks))
          else true
        end as is_answered
      from known
    ), changed as (
      update public.realtime_event_deliveries d set
        status = case when d.status in ${sourcesOf(kind)} then ${kind} else d.status end,
        delivered_at = coalesce(d.delivered_at, ${now}),
        read_at = case when ${reached >= 1} then coalesce(d.read_at, ${now}) else d.read_at end,
        acknowledged_at = case when ${reached >= 2} then coalesce(d.acknowledged_at, ${now}) else d.acknowledged_at end,
        unread_at = case when ${reached >= 1} then null else d.unread_at end,
        device_acks = found.device_acks,
        awaits_connection = d.awaits_connection and not found.is_answered,
        next_attempt_at = case when found.is_answered then null else d.next_attempt_at end
      from found
      where d.event_id = found.event_id and d.user_id = ${userId} and d.status not in ('expired', 'cancelled')
        and (d.status in ${sourcesOf(kind)} or d.device_acks <> found.device_acks
          or (${reached >= 1} and d.unread_at is not null))
      returning d.status
    )
    select coalesce(changed.status, found.status) as status, changed.status is not null as changed,
      case when found.delivered_at is null then found.sent_ms end as delivered_ms,
      case when found.acknowledged_at is null and ${reached >= 2} then found.sent_ms end as acknowledged_ms
    from found left join changed on true`);
  return rows[0];
}

/** Whether the device says this for the first time, and there is room for it. */
const isDeviceNews = (deviceId: string | null, kind: string) => sql`(
  not coalesce(d.device_acks -> ${deviceId}::text ? ${kind}::text, false)
  and (d.device_acks ? ${deviceId}::text
    or (select count(*) from jsonb_object_keys(d.device_acks)) < ${maxDevices}))`;

/** Writes the row of a person for an announcement `e` to a tenant of theirs, where there is none yet and one is needed. */
export async function insertOfChannel(
  tx: Drizzle,
  eventId: string,
  userId: string,
  isNeeded: SQL = sql`true`,
): Promise<void> {
  await tx.execute(sql`
    insert into public.realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method, sent_at)
    select id, ${userId}, tenant_id, 'sent', 1, 'channel', sent_at from public.realtime_events e
    where ${isAnnounced(eventId)} and ${isNeeded}
    on conflict do nothing`);
}

/** Whether an event `e` is this one, and announced to a tenant of the person that the transaction runs for. */
export const isAnnounced = (eventId: string): SQL => sql`e.id = ${eventId} and e.delivery_mode = 'channel'
  and e.status = 'sent' and e.tenant_id = any((select public.realtime_tenants())::text[])`;

/** Returns the status of an announcement that the person has acknowledged in no way. Throws `not_found`. */
async function announcedStatus(tx: Drizzle, eventId: string): Promise<DeliveryStatus> {
  const { rows } = await tx.execute<{ status: DeliveryStatus }>(sql`select status from public.realtime_events
    where id = ${eventId} and delivery_mode = 'channel' and tenant_id = any((select public.realtime_tenants())::text[])`);
  if (!rows[0]) throw new AppError('not_found', `There is no event ${eventId} for you.`);
  return rows[0].status;
}
