import type { ReactNode } from 'react';
import { Inbox, type InboxItem, type InboxSlice, type InboxView } from './client.ts';
import { inboxWords } from './inbox-words.ts';
import { get, request } from './rest.ts';
import { toastFailure } from './toasts.tsx';

export interface NoticesProps<Item> {
  readonly channel: string;
  /** The list; below it `{id}`, `{id}/read` and `read` are the actions. */
  readonly path: string;
  readonly view: (item: Item) => InboxView;
}

/** The notifications of this person, of an area whose routes read and delete them. */
export function Notices<Item extends InboxItem>({ channel, path, view }: NoticesProps<Item>): ReactNode {
  const words = inboxWords();
  const pathOf = (item: Item) => `${path}/${encodeURIComponent(view(item).id)}`;
  return (
    <Inbox<Item>
      channel={channel}
      tabs={[
        { id: 'all', holds: () => true },
        { id: 'unread', holds: (item) => !view(item).isRead },
      ]}
      names={{ all: words.all, unread: words.unreadOnes }}
      getPage={(tab, cursor, signal) => {
        const query = new URLSearchParams({ limit: '20', ...(cursor !== undefined && { cursor }) });
        if (tab === 'unread') query.set('unread', 'true');
        return get<InboxSlice<Item>>(`${path}?${query}`, signal);
      }}
      view={view}
      actions={{
        read: (item) => request('POST', `${pathOf(item)}/read`),
        archive: (item) => request('DELETE', pathOf(item)),
        readAll: () => request('POST', `${path}/read`),
      }}
      onError={toastFailure}
      words={{ ...words, archive: words.delete }}
    />
  );
}
