import type { ReactNode } from 'react';
import type { Notification, NotificationList } from '../../../../src/domains/clinic/model.ts';
import { Inbox } from '../shell/client.ts';
import { inboxWords } from '../shell/inbox-words.ts';
import { get, request } from '../shell/rest.ts';
import { toast } from '../shell/toasts.tsx';
import { clinicWords } from './words.ts';

type Page = (typeof NotificationList)['static'];
const path = '/api/clinic/notifications';
const pathOf = ({ notificationId }: Notification) => `${path}/${notificationId}`;

/** The notifications of this person. */
export function Notices(): ReactNode {
  const say = clinicWords();
  const words = inboxWords();
  return (
    <Inbox<Notification>
      channel="clinic_notifications"
      tabs={[
        { id: 'all', holds: () => true },
        { id: 'unread', holds: ({ readAt }) => readAt === null },
      ]}
      names={{ all: words.all, unread: words.unreadOnes }}
      getPage={(tab, cursor, signal) => {
        const query = new URLSearchParams({ limit: '20', ...(cursor !== undefined && { cursor }) });
        if (tab === 'unread') query.set('unread', 'true');
        return get<Page>(`${path}?${query}`, signal);
      }}
      view={({ notificationId, title, message, createdAt, readAt, caseId }) => ({
        id: notificationId,
        title,
        message,
        at: createdAt,
        isRead: readAt !== null,
        ...(caseId !== null && { href: `#case=${encodeURIComponent(caseId)}`, linkName: say.openCase }),
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
