import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import type { WrittenAt } from '../../protocol/schemas/written.ts';
import type { Principal } from '../../realtime/principal.ts';
import { channelOf } from '../channels.ts';
import { insertOfChannel, isAnnounced, statusPublication } from '../deliveries/acknowledge.ts';
import { isReadByMark } from '../events/announcements.ts';
import type { MarkedItem, UnreadCount } from '../model.ts';
import { positionedWithPrincipal } from '../principal.ts';
import { type DeliveryStatus, type InboxMark, sourcesOf } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { type CountRow, countOf, countUnread, isUnread, readUnread, unreadPublication } from '../unread.ts';

export interface Marked extends MarkedItem, WrittenAt {
  /** False where the item was so before. */
  readonly changed: boolean;
  readonly unread: UnreadCount;
}

interface MarkedRow extends CountRow {
  readonly status: DeliveryStatus;
  readonly changed: boolean;
  readonly was_read: boolean;
  readonly is_unread: boolean;
  readonly is_archived: boolean;
  /** Its person is still asked to acknowledge it. */
  readonly asks: boolean;
}

/**
 * Marks an item of this person's inbox. What is archived is read, and what is unread is not archived. All devices are
 * told by `event_marked`, in the same transaction. Throws `not_found` for an event that was never sent to this person or is
 * over, `conflict` for archiving what they have still to acknowledge.
 */
export async function markItem(
  tracking: Tracking,
  principal: Principal,
  eventId: string,
  mark: InboxMark,
): Promise<Marked> {
  const { userId } = principal;
  const { result, written } = await positionedWithPrincipal(tracking, principal, async (tx, publish) => {
    await insertOfChannel(tx, eventId, userId, needsRow[mark]);
    const row =
      (await update(tx, userId, eventId, mark, nowOf(tracking))) ?? (await readUnmarked(tx, userId, eventId));
    if (!row) throw new AppError('not_found', `There is no event ${eventId} for you.`);
    const { changed, status } = row;
    if (mark === 'archived' && row.asks) {
      throw new AppError('conflict', 'This event asks for an acknowledgement: acknowledge it first.');
    }
    const item = { eventId, isRead: !row.is_unread, isArchived: row.is_archived };
    if (row.version !== null) publish(unreadPublication(row));
    if (changed && status === 'read' && !row.was_read) publish(statusPublication(userId, eventId, status));
    if (changed) publish({ channel: channelOf(userId), type: 'event_marked', data: item });
    const unread = row.version === null ? await readUnread(tx, userId) : countOf(row);
    return { ...item, changed, unread };
  });
  return { ...result, ...written };
}

async function update(
  tx: Drizzle,
  userId: string,
  eventId: string,
  mark: InboxMark,
  now: string,
): Promise<MarkedRow | undefined> {
  const wasRead = sql`(d.status in ('read', 'acknowledged') or (d.method = 'channel' and ${isReadByMark}))`;
  const { rows } = await tx.execute<MarkedRow>(sql`
    with known as materialized (
      select d.event_id, d.status, d.method, d.archived_at, ${wasRead} as was_read, ${isUnread} and (d.unread_at is not null
          or not ${wasRead}) as is_unread, t.acknowledgement = 'person' and d.acknowledged_at is null as asks
      from public.realtime_event_deliveries d
      join public.realtime_events e on e.id = d.event_id
      join public.realtime_event_types t on t.name = e.type
      where d.event_id = ${eventId} and d.user_id = ${userId} and d.sent_at is not null
        and d.status not in ('expired', 'cancelled') and (d.method <> 'channel' or e.status = 'sent')
      for update of d
    ), changed as (
      update public.realtime_event_deliveries d set ${changeOf[mark](now)}
      from known where d.event_id = known.event_id and d.user_id = ${userId} and ${isChange[mark]}
      returning d.status, d.method, ${isUnread} as is_unread, d.archived_at, known.is_unread as was_unread
    ), counted as (${countUnread(sql`
      select ${userId}, is_unread::integer - was_unread::integer from changed where method <> 'channel'`)})
    select coalesce(changed.status, known.status) as status, changed.status is not null as changed, known.was_read, known.asks,
      coalesce(changed.is_unread, known.is_unread) as is_unread, ${userId} as user_id, counted.count, counted.version,
      case when changed.status is null then known.archived_at else changed.archived_at end is not null as is_archived
    from known left join changed on true left join counted on true`);
  return rows[0];
}

/** Whether a mark changes an announcement `e` that has no row of its person. */
const needsRow = {
  unread: isReadByMark,
  archived: sql`true`,
  restored: sql`false`,
} as const satisfies Record<InboxMark, unknown>;

/** Returns an announcement that has no row of its person, as the mark leaves it as it is. */
async function readUnmarked(tx: Drizzle, userId: string, eventId: string): Promise<MarkedRow | undefined> {
  const { rows } = await tx.execute<MarkedRow>(sql`
    select 'sent' as status, false as changed, ${isReadByMark} as was_read, not ${isReadByMark} as is_unread,
      false as is_archived, false as asks, ${userId} as user_id, null as count, null as version
    from public.realtime_events e where ${isAnnounced(eventId)}`);
  return rows[0];
}

/** The conditions on a delivery `d` that is `known`. */
const isChange = {
  unread: sql`not known.is_unread`,
  archived: sql`known.archived_at is null and not known.asks`,
  restored: sql`known.archived_at is not null`,
} as const satisfies Record<InboxMark, unknown>;

/** An announcement that was read by position, and what is put away, was read by now at the latest. */
const becomesRead = (now: string) => sql`
  status = case when d.status in ${sourcesOf('read')} then 'read' else d.status end,
  read_at = coalesce(d.read_at, ${now}), delivered_at = coalesce(d.delivered_at, ${now})`;

const changeOf = {
  unread: (now: string) => sql`unread_at = ${now}, archived_at = null, ${becomesRead(now)}`,
  archived: (now: string) => sql`${becomesRead(now)}, archived_at = ${now}, unread_at = null,
    awaits_connection = false, next_attempt_at = null`,
  restored: () => sql`archived_at = null`,
} as const satisfies Record<InboxMark, unknown>;
