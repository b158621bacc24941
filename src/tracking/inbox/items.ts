import { sql } from 'drizzle-orm';
import { announcementsOf, isSeenByMark, isUnreadAnnouncement } from '../events/announcements.ts';
import { type DeliveryStatus, unreadStatuses } from '../statuses.ts';
import { isUnread } from '../unread.ts';

/** A row of {@link itemsOf}. */
export interface ItemRow extends Record<string, unknown> {
  readonly event_id: string;
  /** The status as its person has it: an item that they marked as unread is not `read`. */
  readonly status: DeliveryStatus;
  readonly sent_at: string;
  readonly delivered_at: string | null;
  readonly read_at: string | null;
  readonly acknowledged_at: string | null;
  readonly archived_at: string | null;
  readonly is_unread: boolean;
  /** Unread, and not in a list that they looked into. */
  readonly is_unseen: boolean;
  readonly is_announcement: boolean;
}

/**
 * Selects everything that was sent to a person: their own events, and the announcements of their tenants. For the person
 * that the transaction runs for.
 */
export const itemsOf = (userId: string, now: string) => sql`
  select d.event_id, case when d.status = 'read' and d.unread_at is not null then 'delivered' else d.status end as status,
    d.sent_at, d.delivered_at, case when d.unread_at is null then d.read_at end as read_at, d.acknowledged_at, d.archived_at,
    ${isUnread} as is_unread, d.status in ${[...unreadStatuses]} and d.seen_at is null as is_unseen, false as is_announcement
  from public.realtime_event_deliveries d
  where d.user_id = ${userId} and d.method <> 'channel' and d.sent_at is not null
  union all
  select e.id, case when d.status = 'acknowledged' then d.status when ${isUnreadAnnouncement} then 'sent' else 'read' end,
    e.sent_at, d.delivered_at, case when d.unread_at is null then d.read_at end, d.acknowledged_at, d.archived_at,
    ${isUnreadAnnouncement},
    ${isUnreadAnnouncement} and d.unread_at is null and d.seen_at is null and not ${isSeenByMark}, true
  from ${announcementsOf(userId, now)}`;
