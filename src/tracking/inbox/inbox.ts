import { eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import type { EventData } from '../../extension/delivery-method.ts';
import { formatInstantParameter, isInstant } from '../../protocol/schemas/instant.ts';
import { snapshotAt } from '../../protocol/schemas/written.ts';
import type { Principal } from '../../realtime/principal.ts';
import { channelOf } from '../channels.ts';
import { dataOf } from '../event-data.ts';
import { countUnreadAnnouncements } from '../events/announcements.ts';
import type { UnreadCount } from '../model.ts';
import { asPrincipal } from '../principal.ts';
import { realtimeEvents, realtimeEventTypes } from '../schema/events.ts';
import type { DeliveryStatus, Priority } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { readUnread } from '../unread.ts';
import { countInbox, type InboxCounts } from './counts.ts';
import { type ItemRow, itemsOf } from './items.ts';

export interface InboxFilter {
  /** Without one, what is over (expired, cancelled) is left out. */
  readonly status?: DeliveryStatus;
  readonly type?: string;
  readonly priority?: Priority;
  /** Sent at this time or later, and before that. ISO 8601. */
  readonly from?: string;
  readonly to?: string;
  readonly unread?: boolean;
  /** Selects the archived items alone; without it, the others. */
  readonly archived?: boolean;
  /** Whether the page has `counts`. */
  readonly counts?: boolean;
  /** The cursor of the page before. */
  readonly cursor?: string;
  readonly limit: number;
}

/** An event as one person has it. Times are ISO 8601. */
export interface InboxItem extends EventData {
  readonly status: DeliveryStatus;
  readonly sentAt: string;
  readonly deliveredAt: string | null;
  readonly readAt: string | null;
  readonly acknowledgedAt: string | null;
  readonly isRead: boolean;
  /** False until the person looked into a list that has it, or read it. */
  readonly isSeen: boolean;
  readonly archivedAt: string | null;
  /** To everybody at a tenant, and in no counter. */
  readonly isAnnouncement: boolean;
}

export interface InboxPage {
  /** The latest sent first. */
  readonly items: readonly InboxItem[];
  readonly nextCursor: string | null;
  /** `announcements`: those to the tenants of the person, which are in no counter; `total`: both together. */
  readonly unread: UnreadCount & { readonly announcements: number; readonly total: number };
  readonly counts?: InboxCounts;
}

/**
 * The inbox of this person: events of their own, and the announcements of their tenants. Pages neither repeat nor miss
 * anything that was there when the first was read, also while more is sent. With the position of their own channel at the
 * moment that the page shows. Throws `validation_failed`.
 */
export async function readInbox(
  tracking: Tracking,
  principal: Principal,
  filter: InboxFilter,
): Promise<InboxPage & ReturnType<typeof snapshotAt>> {
  const { data, positions } = await tracking.publisher.snapshot([channelOf(principal.userId)], (tx) =>
    asPrincipal(tx, tracking.members, principal, () => readPage(tx, principal, filter, nowOf(tracking))),
  );
  return { ...data, ...snapshotAt(positions) };
}

async function readPage(tx: Drizzle, principal: Principal, filter: InboxFilter, now: string) {
  const found = await find(tx, principal.userId, filter, now);
  const page = found.slice(0, filter.limit);
  const last = page.at(-1);
  const unread = await readUnread(tx, principal.userId);
  const announcements = await countUnreadAnnouncements(tx, principal.userId, now);
  const counts = filter.counts ? await countInbox(tx, principal.userId, now) : undefined;
  return {
    items: await withEvents(tx, page),
    nextCursor: last && found.length > page.length ? cursorOf(last) : null,
    unread: { ...unread, announcements, total: unread.count + announcements },
    ...(counts && { counts }),
  };
}

/** One more than a page, where there is more. */
async function find(
  tx: Drizzle,
  userId: string,
  filter: InboxFilter,
  now: string,
): Promise<readonly ItemRow[]> {
  const { rows } = await tx.execute<ItemRow>(sql`
    select i.* from (${itemsOf(userId, now)}) i join public.realtime_events e on e.id = i.event_id
    where ${sql.join(conditions(filter), sql` and `)}
    order by i.sent_at desc, i.event_id desc limit ${filter.limit + 1}`);
  return rows;
}

function conditions(filter: InboxFilter): SQL[] {
  const { status, type, priority, from, to, unread, archived, cursor } = filter;
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  return [
    status === undefined ? sql`i.status not in ('expired', 'cancelled')` : sql`i.status = ${status}`,
    ...(type === undefined ? [] : [sql`e.type = ${type}`]),
    ...(priority === undefined ? [] : [sql`e.priority = ${priority}`]),
    ...(from === undefined ? [] : [sql`i.sent_at >= ${formatInstantParameter(from)}`]),
    ...(to === undefined ? [] : [sql`i.sent_at < ${formatInstantParameter(to)}`]),
    ...(unread ? [sql`i.is_unread`] : []),
    archived ? sql`i.archived_at is not null` : sql`i.archived_at is null`,
    ...(after ? [sql`(i.sent_at, i.event_id) < (${after.sentAt}::timestamptz, ${after.id}::uuid)`] : []),
  ];
}

async function withEvents(tx: Drizzle, found: readonly ItemRow[]): Promise<InboxItem[]> {
  if (found.length === 0) return [];
  const ids = found.map((row) => row.event_id);
  const rows = await tx
    .select({ event: realtimeEvents, acknowledgement: realtimeEventTypes.acknowledgement })
    .from(realtimeEvents)
    .innerJoin(realtimeEventTypes, eq(realtimeEventTypes.name, realtimeEvents.type))
    .where(inArray(realtimeEvents.id, ids));
  const events = new Map(
    rows.map(({ event, acknowledgement }) => [event.id, dataOf({ ...event, acknowledgement })]),
  );
  return found.flatMap((row) => {
    const event = events.get(row.event_id);
    if (!event) return [];
    return {
      ...event,
      status: row.status,
      sentAt: instantOf(row.sent_at),
      deliveredAt: row.delivered_at && instantOf(row.delivered_at),
      readAt: row.read_at && instantOf(row.read_at),
      acknowledgedAt: row.acknowledged_at && instantOf(row.acknowledged_at),
      isRead: !row.is_unread && (row.status === 'read' || row.status === 'acknowledged'),
      isSeen: !row.is_unseen,
      isAnnouncement: row.is_announcement,
      archivedAt: row.archived_at && instantOf(row.archived_at),
    };
  });
}

const instantOf = (value: string) => new Date(value).toISOString();

const cursorOf = ({ sent_at, event_id }: ItemRow) =>
  Buffer.from(`${instantOf(sent_at)} ${event_id}`).toString('base64url');

function parseCursor(cursor: string): { readonly sentAt: string; readonly id: string } {
  const [sentAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (isInstant(sentAt) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return { sentAt, id };
  throw new AppError('validation_failed', 'The cursor is no `nextCursor` of this list.', { field: 'cursor' });
}
