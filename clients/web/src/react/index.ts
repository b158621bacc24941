import { useEffect, useState } from 'react';
import { type Inbox, type InboxItem, type InboxPage, inboxRules } from '../stores/inbox.ts';
import { firstOf, type Kept, type SnapshotRules, snapshotStore } from '../stores/snapshot.ts';
import {
  channelStateStore,
  connectionStore,
  disconnected,
  nobody,
  presenceStore,
  unsubscribed,
} from '../stores/store.ts';
import type {
  ChannelName,
  ChannelOptions,
  ChannelState,
  Client,
  ConnectionState,
  Presence,
  Publication,
  Snapshot,
} from '../types.ts';
import { type Channels, useLatest, useStore, useTambuli } from './base.ts';

export { TambuliProvider, useTambuli } from './base.ts';
// By its name alone it could not be augmented.
export type * from './register.ts';
export type { Inbox, InboxItem, InboxPage, Kept };

/** Whether there is a connection, over which transport, and if not, why and when the next attempt is made. */
export const useConnection = (): ConnectionState => useStore(connectionStore, '', disconnected);

export interface ChannelHookOptions<Name extends string> extends ChannelOptions {
  /** Hands over publications of this type alone. */
  readonly type?: Publication<Channels, Name>['type'];
}

/**
 * Hands every publication to the handler while the component is mounted; `null` in place of a name reads nothing. The
 * handler of the latest render is called, so it need not be memoized. A promise that it returns holds back the next one.
 */
export function useChannel<Name extends ChannelName<Channels>>(
  name: Name | null,
  handler: (publication: Publication<Channels, Name>) => unknown,
  options: ChannelHookOptions<Name> = {},
): ChannelState {
  const client = useTambuli() as unknown as Client;
  const latest = useLatest({ handler, options });
  const { since, type } = options;
  const hasState = !!options.getState;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `since` and `type` are read through the ref.
  useEffect(() => {
    if (name === null) return undefined;
    const given = latest.current.options;
    const getState: ChannelOptions['getState'] = (signal) =>
      (latest.current.options as Required<ChannelOptions>).getState(signal);
    return client
      .channel(name, { ...given, ...(hasState && { getState }) })
      .subscribe((publication) => latest.current.handler(publication as never), given as object);
  }, [client, name, since, type, hasState, latest]);
  return useStore(channelStateStore, name, unsubscribed);
}

/**
 * The state of a channel: the answer of `getState`, reduced by every publication after it. It is fetched at first and
 * whenever history is gone. With `initial`, as from the server that rendered the page, it is not fetched at first. All
 * components of one name share one state.
 */
export function useSnapshot<Name extends ChannelName<Channels>, T>(
  name: Name | null,
  getState: (signal: AbortSignal) => Promise<Snapshot<T>>,
  reduce: (data: T, publication: Publication<Channels, Name>) => T,
  initial?: Snapshot<T>,
): Kept<T> {
  const latest = useLatest({ getState, reduce } as SnapshotRules<T>);
  const [first] = useState(() => firstOf(initial));
  const rules: SnapshotRules<T> = {
    initial,
    getState: (signal) => latest.current.getState(signal),
    reduce: (data, publication) => latest.current.reduce(data, publication),
  };
  return useStore<Kept<T>>((client, of) => snapshotStore(client, of, rules), name, first);
}

/** The users who are in the channel. */
export const usePresence = (name: ChannelName<Channels> | null): Presence =>
  useStore(presenceStore, name, nobody);

/**
 * The inbox of the connected user, and the number of unread items: a page that `getPage` fetches, kept up to date by the
 * personal channel of this name.
 */
export function useInbox<Item extends InboxItem>(
  name: ChannelName<Channels> | null,
  getPage: (signal: AbortSignal) => Promise<InboxPage<Item>>,
): Kept<Inbox<Item>> {
  const { getState, reduce } = inboxRules(getPage);
  return useSnapshot(name, getState, reduce as (inbox: Inbox<Item>) => Inbox<Item>);
}
