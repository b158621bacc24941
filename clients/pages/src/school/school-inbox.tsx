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
  readonly acknowledgedAt?: string | null;
}

interface EventsPage {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
  readonly unread: { readonly count: number; readonly total: number };
}

const isRead = ({ readAt, status = 'sent' }: Item): boolean =>
  !!readAt || /^(read|acknowledged)$/.test(status);

const tabs: readonly (InboxTab<Item> & { readonly query: Readonly<Record<string, string>> })[] = [
  { id: 'all', holds: () => true, query: {} },
  { id: 'unread', holds: (item) => !isRead(item), query: { unread: 'true' } },
  { id: 'urgent', holds: ({ priority }) => priority === 'urgent', query: { priority: 'urgent' } },
  {
    id: 'announcements',
    holds: ({ eventType }) => eventType === 'school_announcement',
    query: { type: 'school_announcement' },
  },
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
      }}
      getPage={getPage}
      view={(item) => ({
        id: item.id,
        title: item.title,
        message: item.message,
        at: item.createdAt,
        isRead: isRead(item),
        severity: item.priority,
        ...(item.priority !== 'normal' && { severityName: wordOf(item.priority) }),
        href: item.actionUrl,
        linkName: say.open,
        asks: item.acknowledgement === 'person' && !item.acknowledgedAt && item.status !== 'acknowledged',
      })}
      actions={{
        read: ({ id }) => request('PUT', `${api}/events/${id}/read`),
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
    ...tabs.find(({ id }) => id === tab)?.query,
    ...(cursor !== undefined && { cursor }),
  });
  const { data, nextCursor, unread } = await get<EventsPage>(`${api}/events?${query}`, signal);
  return { data, nextCursor, unread: unread.total, counts: { unread: unread.total } };
}
