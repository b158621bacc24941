import { type Inbox, type InboxItem, type InboxPage, inboxRules } from '../stores/inbox.ts';
import type { Kept } from '../stores/snapshot.ts';
import type { ChannelName, Client } from '../types.ts';
import { type Readable, readable } from './readable.ts';
import { snapshotSource } from './sources.ts';

export type { Inbox, InboxItem, InboxPage };

/**
 * The inbox of the connected user, and the number of unread items: a page that `getPage` fetches, kept up to date by the
 * personal channel of this name.
 */
export function inbox<Channels, Item extends InboxItem>(
  client: Client<Channels>,
  name: ChannelName<Channels>,
  getPage: (signal: AbortSignal) => Promise<InboxPage<Item>>,
): Readable<Kept<Inbox<Item>>> {
  const { getState, reduce } = inboxRules(getPage);
  return readable(snapshotSource(client, name, getState, reduce as (inbox: Inbox<Item>) => Inbox<Item>));
}
