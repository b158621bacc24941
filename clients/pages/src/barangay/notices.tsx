import type { ReactNode } from 'react';
import type { NotificationList } from '../../../../src/domains/barangay/model.ts';
import { Inbox } from '../shell/client.ts';
import { inboxWords } from '../shell/inbox-words.ts';
import { get, request } from '../shell/rest.ts';
import { toast } from '../shell/toasts.tsx';

type Page = Omit<(typeof NotificationList)['static'], 'data'> & { readonly data: readonly Notice[] };

interface Notice {
  readonly id: string | number;
  readonly title: string;
  readonly message: string;
  readonly isRead: boolean;
  readonly createdAt?: string | null;
}

const path = '/api/barangay/notifications';
const pathOf = ({ id }: Notice) => `${path}/${encodeURIComponent(id)}`;

/** The notifications of this person. */
export function Notices(): ReactNode {
  const words = inboxWords();
  return (
    <Inbox<Notice>
      channel="notifications"
      tabs={[
        { id: 'all', holds: () => true },
        { id: 'unread', holds: ({ isRead }) => !isRead },
      ]}
      names={{ all: words.all, unread: words.unreadOnes }}
      getPage={(tab, cursor, signal) => {
        const query = new URLSearchParams({ limit: '20', ...(cursor !== undefined && { cursor }) });
        if (tab === 'unread') query.set('unread', 'true');
        return get<Page>(`${path}?${query}`, signal);
      }}
      view={({ id, title, message, isRead, createdAt }) => ({
        id: String(id),
        title,
        message,
        isRead,
        at: createdAt ?? '',
      })}
      actions={{
        read: (item) => request('POST', `${pathOf(item)}/read`),
        archive: (item) => request('DELETE', pathOf(item)),
        readAll: () => request('POST', `${path}/read`),
      }}
      onError={(error) => toast(error instanceof Error ? error.message : String(error), 'bad')}
      words={{ ...words, archive: words.delete }}
    />
  );
}
