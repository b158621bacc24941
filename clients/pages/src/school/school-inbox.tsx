import type { ReactNode } from 'react';
import { InboxPanel, type InboxSlice, type InboxTab } from '../shell/client.ts';
import { inboxWords } from '../shell/inbox-words.ts';
import { get, request } from '../shell/rest.ts';
import { toastFailure } from '../shell/toasts.tsx';
import { api, type School } from './schools.tsx';
import { schoolWords, wordOf } from './words.ts';

interface Item {
  readonly id: string;
  readonly eventType: string;
  readonly title: string;
  readonly message: string;
  readonly priority: string;
  readonly actionUrl: string | null;
  readonly acknowledgement: string;
  readonly createdAt: string;
  /** The status of an item that arrives live is the one of its sending. */
  readonly status?: string;
  readonly readAt?: string | null;
  readonly isRead?: boolean;
  readonly archivedAt?: string | null;
  readonly acknowledgedAt?: string | null;
}

interface EventsPage {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
  readonly unread: { readonly announcements: number; readonly total: number };
  readonly counts?: {
    readonly all: number;
    readonly unread: number;
    readonly unseen: number;
    readonly archived: number;
    readonly byType: Readonly<Record<string, number>>;
    readonly byPriority: Readonly<Record<string, number>>;
  };
  readonly position: string;
}

const isArchived = ({ archivedAt }: Item): boolean => !!archivedAt;
const isRead = ({ isRead = false, readAt }: Item): boolean => isRead || !!readAt;

const tabs: readonly (InboxTab<Item> & { readonly query: Readonly<Record<string, string>> })[] = [
  { id: 'all', holds: (item) => !isArchived(item), query: {} },
  { id: 'unread', holds: (item) => !isRead(item), query: { unread: 'true' } },
  {
    id: 'urgent',
    holds: (item) => item.priority === 'urgent' && !isArchived(item),
    query: { priority: 'urgent' },
  },
  {
    id: 'announcements',
    holds: (item) => item.eventType === 'school_announcement' && !isArchived(item),
    query: { type: 'school_announcement' },
  },
  { id: 'archived', holds: isArchived, query: { archived: 'true' } },
];

/** The tracked events of this person, with the announcements of the school. */
export function SchoolInbox({ school }: { readonly school: School }): ReactNode {
  const say = schoolWords();
  const words = inboxWords();
  return (
    <InboxPanel<Item>
      channel="realtime_events"
      also={[`realtime_announcements:${school.id}`]}
      tabs={tabs}
      names={{
        all: words.all,
        unread: words.unreadOnes,
        urgent: say.urgent,
        announcements: say.announcements,
        archived: say.archived,
      }}
      getPage={getPage}
      see={() => request('PUT', `${api}/events/seen`)}
      view={(item) => ({
        id: item.id,
        title: item.title,
        message: item.message,
        at: item.createdAt,
        isRead: isRead(item),
        isArchived: isArchived(item),
        severity: item.priority,
        ...(item.priority !== 'normal' && { severityName: wordOf(item.priority) }),
        href: item.actionUrl,
        linkName: say.open,
        asks: item.acknowledgement === 'person' && !item.acknowledgedAt && item.status !== 'acknowledged',
      })}
      actions={{
        read: ({ id }) => request('PUT', `${api}/events/${id}/read`),
        unread: ({ id }) => request('PUT', `${api}/events/${id}/unread`),
        archive: ({ id }) => request('PUT', `${api}/events/${id}/archive`),
        restore: ({ id }) => request('PUT', `${api}/events/${id}/unarchive`),
        acknowledge: ({ id }) => request('PUT', `${api}/events/${id}/ack`),
        readAll: () => request('PUT', `${api}/events/read-all`),
      }}
      onError={toastFailure}
      words={words}
    />
  );
}

async function getPage(
  tab: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<InboxSlice<Item>> {
  const query = new URLSearchParams({
    limit: '30',
    ...(cursor === undefined && { counts: 'true' }),
    ...tabs.find(({ id }) => id === tab)?.query,
    ...(cursor !== undefined && { cursor }),
  });
  const page = await get<EventsPage>(`${api}/events?${query}`, signal);
  const { data, nextCursor, unread, counts, position } = page;
  return {
    data,
    nextCursor,
    position,
    unread: unread.total,
    announcements: unread.announcements,
    ...(counts && {
      unseen: counts.unseen,
      counts: {
        all: counts.all,
        unread: counts.unread,
        urgent: counts.byPriority['urgent'] ?? 0,
        announcements: counts.byType['school_announcement'] ?? 0,
        archived: counts.archived,
      },
    }),
  };
}
