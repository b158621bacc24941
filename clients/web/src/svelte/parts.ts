import { createInbox, type InboxOptions, type InboxState, type InboxStore } from '../parts/inbox.ts';
import type { InboxItem } from '../stores/inbox.ts';
import type { Client } from '../types.ts';
import { type Readable, readable } from './readable.ts';

export type { InboxOptions, InboxSlice, InboxState, InboxTab } from '../parts/inbox.ts';
export type { InboxItem };

/** An inbox with tabs and counts as Svelte reads it: `$inbox.items`, `inbox.choose('unread')`. */
export function inboxWithTabs<Item extends InboxItem>(
  client: Client,
  options: InboxOptions<Item>,
): Readable<InboxState<Item>> & Omit<InboxStore<Item>, 'get' | 'subscribe'> {
  const inbox = createInbox(client, options);
  return { ...inbox, ...readable({ ...inbox, onServer: inbox.get() }) };
}
