import { type Inbox, type InboxItem, idOf, reduceInbox } from '../stores/inbox.ts';
import type { Publication } from '../types.ts';

interface Mark {
  readonly eventId: string;
  readonly isRead: boolean;
  readonly isArchived: boolean;
}

/**
 * The inbox after a publication, before its tab leaves out items. Undefined where the publication tells of items that are
 * not here, so that only the server can count them.
 */
export function changeInbox<Item extends InboxItem>(
  inbox: Inbox<Item>,
  publication: Publication,
): Inbox<Item> | undefined {
  const { type, data, timestamp } = publication;
  if (type === 'events_read') return undefined;
  const { eventId, isRead, isArchived } = data as Mark;
  const isMeant = (item: Item) => idOf(item) === eventId;
  if (type.startsWith('event_') && !inbox.items.some(isMeant)) return undefined;
  if (type !== 'event_marked') return reduceInbox(inbox, publication) as Inbox<Item>;
  const marked = {
    isRead,
    readAt: isRead ? timestamp : null,
    archivedAt: isArchived ? timestamp : null,
  };
  return {
    ...inbox,
    items: inbox.items.map((item) => (isMeant(item) ? { ...item, ...marked } : item)),
  };
}

/** The counts of tabs, after items came, went, or changed. */
export function countTabs<Item>(
  tabs: readonly { readonly id: string; readonly holds: (item: Item) => boolean }[],
  counts: Readonly<Record<string, number>>,
  before: readonly Item[],
  after: readonly Item[],
): Readonly<Record<string, number>> {
  if (before === after) return counts;
  const next = { ...counts };
  for (const { id, holds } of tabs) {
    const known = next[id];
    if (known === undefined) continue;
    next[id] = Math.max(0, known + after.filter(holds).length - before.filter(holds).length);
  }
  return next;
}

/** The number of unread announcements, which the count of a personal channel leaves out. */
export const unreadAnnouncements = (items: readonly InboxItem[]): number =>
  items.filter(({ isAnnouncement, readAt, isRead }) => isAnnouncement && !readAt && !isRead).length;
