import type { Publication } from '../types.ts';
import type { SnapshotRules } from './snapshot.ts';

/** One page of an inbox as the routes return it, the newest first. */
export interface InboxPage<Item = InboxItem> {
  readonly data: readonly Item[];
  /** Unread ones in all, also beyond this page. */
  readonly unread: number | { readonly count: number };
  readonly position?: string;
}

export interface InboxItem {
  readonly id?: string | number;
  readonly notificationId?: string;
  readonly readAt?: string | null;
  readonly isRead?: boolean;
  /** To everybody at a place: the count of a personal channel leaves it out. */
  readonly isAnnouncement?: boolean;
}

/** The part of a page that is shown. */
export interface Inbox<Item = InboxItem> {
  readonly items: readonly Item[];
  readonly unread: number;
}

/** The inbox of the connected user: a page of it, kept up to date by their personal channel. */
export const inboxRules = <Item extends InboxItem>(
  getPage: (signal: AbortSignal) => Promise<InboxPage<Item>>,
): SnapshotRules<Inbox<Item>> => ({
  async getState(signal) {
    const { data: items, unread, ...page } = await getPage(signal);
    return { ...page, data: { items, unread: (unread as Told).count ?? unread } };
  },
  reduce: (inbox, publication) => reduceInbox(inbox, publication) as Inbox<Item>,
});

interface Told extends InboxItem {
  readonly ids?: readonly unknown[];
  readonly notificationIds?: readonly unknown[];
  readonly eventId?: string;
  readonly status?: string;
  readonly isArchived?: boolean;
  readonly count: number;
}

export const idOf = ({ id, notificationId, eventId }: InboxItem & { readonly eventId?: string }) =>
  id ?? notificationId ?? eventId;
const isUnread = ({ readAt, isRead }: InboxItem) => !readAt && !isRead;

/** The areas that ship name what happens to an inbox in these words. */
export function reduceInbox(inbox: Inbox, { type, data, timestamp }: Publication): Inbox {
  const told = data as Told;
  if (type === 'unread_count') return { ...inbox, unread: told.count };
  const ids: readonly unknown[] = told.ids ?? told.notificationIds ?? [idOf(told)];
  const isMeant = (item: InboxItem) => type === 'events_read' || ids.includes(idOf(item));
  const known = inbox.items.filter(isMeant);
  const changed = (items: readonly InboxItem[], more: number): Inbox => ({
    items,
    // The count of tracked events is in `unread_count`.
    unread: type[0] === 'n' ? Math.max(0, inbox.unread + more) : inbox.unread,
  });
  if (type === 'notification' || type === 'realtime_event')
    return known[0] ? inbox : changed([told, ...inbox.items], 1);
  const unread = known.filter(isUnread).length;
  if (type === 'notificationDeleted' || told.status === 'cancelled' || told.isArchived)
    return changed(
      inbox.items.filter((item) => !isMeant(item)),
      -unread,
    );
  const isRead = told.isRead !== false;
  // The server tells of each reading once, so an item that is on no page here was unread.
  return changed(
    inbox.items.map((item) =>
      isMeant(item) ? { ...item, readAt: isRead ? timestamp : null, isRead } : item,
    ),
    known.length - ids.length - unread,
  );
}
