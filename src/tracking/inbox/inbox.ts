import { eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import type { EventData } from '../../extension/delivery-method.ts';
import { formatInstantParameter, isInstant } from '../../protocol/schemas/instant.ts';
import type { Principal } from '../../realtime/principal.ts';
import { dataOf } from '../event-data.ts';
import { countUnreadAnnouncements, isUnreadAnnouncement } from '../events/announcements.ts';
import type { UnreadCount } from '../model.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeEvents, realtimeEventTypes } from '../schema/events.ts';
import { type DeliveryStatus, type Priority, unreadStatuses } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { readUnread } from '../unread.ts';

export interface InboxFilter {
  /** Without one, what is over (expired, cancelled) is left out. */
  readonly status?: DeliveryStatus;
  readonly type?: string;
  readonly priority?: Priority;
  /** Sent at this time or later, and before that. ISO 8601. */
  readonly from?: string;
  readonly to?: string;
  readonly unread?: boolean;
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
}

export interface InboxPage {
  /** The latest sent first. */
  readonly items: readonly InboxItem[];
  readonly nextCursor: string | null;
  /** `announcements`: those to the tenants of the person, which are in no counter; `total`: both together. */
  readonly unread: UnreadCount & { readonly announcements: number; readonly total: number };
}

/**
 * The inbox of this person: events of their own, and the announcements of their tenants. Pages neither repeat nor miss
 * anything that was there when the first was read, also while more is sent. Throws `validation_failed`.
 */
export function readInbox(tracking: Tracking, principal: Principal, filter: InboxFilter): Promise<InboxPage> {
  return withPrincipal(tracking, principal, async (tx) => {
    const now = nowOf(tracking);
    const found = await find(tx, principal.userId, filter, now);
    const page = found.slice(0, filter.limit);
    const last = page.at(-1);
    const unread = await readUnread(tx, principal.userId);
    const announcements = await countUnreadAnnouncements(tx, now);
    return {
      items: await withEvents(tx, page),
      nextCursor: last && found.length > page.length ? cursorOf(last) : null,
      unread: { ...unread, announcements, total: unread.count + announcements },
    };
  });
}

interface FoundRow extends Record<string, unknown> {
  readonly event_id: string;
  readonly status: DeliveryStatus;
  readonly sent_at: string;
  readonly delivered_at: string | null;
  readonly read_at: string | null;
  readonly acknowledged_at: string | null;
}

/** One more than a page, where there is more. */
async function find(
  tx: Drizzle,
  userId: string,
  filter: InboxFilter,
  now: string,
): Promise<readonly FoundRow[]> {
  const { rows } = await tx.execute<FoundRow>(sql`
    select i.* from (
      select d.event_id, d.status, d.sent_at, d.delivered_at, d.read_at, d.acknowledged_at
      from public.realtime_event_deliveries d
      where d.user_id = ${userId} and d.method <> 'channel' and d.sent_at is not null
      union all
      select e.id, case when d.status in ('read', 'acknowledged') then d.status
          when ${isUnreadAnnouncement} then 'sent' else 'read' end,
        e.sent_at, d.delivered_at, d.read_at, d.acknowledged_at
      from public.realtime_events e
      left join public.realtime_event_deliveries d on d.event_id = e.id and d.user_id = ${userId}
      where e.delivery_mode = 'channel' and e.status = 'sent' and e.tenant_id = any((select public.realtime_tenants())::text[])
        and (e.expires_at is null or e.expires_at > ${now})
    ) i join public.realtime_events e on e.id = i.event_id
    where ${sql.join(conditions(filter), sql` and `)}
    order by i.sent_at desc, i.event_id desc limit ${filter.limit + 1}`);
  return rows;
}

function conditions(filter: InboxFilter): SQL[] {
  const { status, type, priority, from, to, unread, cursor } = filter;
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  return [
    status === undefined ? sql`i.status not in ('expired', 'cancelled')` : sql`i.status = ${status}`,
    ...(type === undefined ? [] : [sql`e.type = ${type}`]),
    ...(priority === undefined ? [] : [sql`e.priority = ${priority}`]),
    ...(from === undefined ? [] : [sql`i.sent_at >= ${formatInstantParameter(from)}`]),
    ...(to === undefined ? [] : [sql`i.sent_at < ${formatInstantParameter(to)}`]),
    ...(unread ? [sql`i.status in ${[...unreadStatuses]}`] : []),
    ...(after ? [sql`(i.sent_at, i.event_id) < (${after.sentAt}::timestamptz, ${after.id}::uuid)`] : []),
  ];
}

async function withEvents(tx: Drizzle, found: readonly FoundRow[]): Promise<InboxItem[]> {
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
  return found.flatMap(({ event_id, status, sent_at, delivered_at, read_at, acknowledged_at }) => {
    const event = events.get(event_id);
    if (!event) return [];
    return {
      ...event,
      status,
      sentAt: instantOf(sent_at),
      deliveredAt: delivered_at && instantOf(delivered_at),
      readAt: read_at && instantOf(read_at),
      acknowledgedAt: acknowledged_at && instantOf(acknowledged_at),
    };
  });
}

const instantOf = (value: string) => new Date(value).toISOString();

const cursorOf = ({ sent_at, event_id }: FoundRow) =>
  Buffer.from(`${instantOf(sent_at)} ${event_id}`).toString('base64url');

function parseCursor(cursor: string): { readonly sentAt: string; readonly id: string } {
  const [sentAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (isInstant(sentAt) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return { sentAt, id };
  throw new AppError('validation_failed', 'The cursor is no `nextCursor` of this list.', { field: 'cursor' });
}
