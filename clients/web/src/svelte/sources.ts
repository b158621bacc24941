import { firstOf, type Kept, type SnapshotRules, snapshotStore } from '../stores/snapshot.ts';
import {
  connectionStore,
  disconnected,
  nobody,
  presenceStore,
  type Store,
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

/** A value, and the one that stands for it on a server, where nothing may run. */
export interface Source<T> extends Store<T> {
  readonly onServer: T;
}

export interface ChannelSettings extends ChannelOptions {
  /** Hands over publications of this type alone. */
  readonly type?: string;
}

// The compiler alone knows the channels of a server.
const untyped = <Channels>(client: Client<Channels>) => client as unknown as Client;

/** Whether there is a connection, over which transport, and if not, why and when the next attempt is made. */
export const connectionSource = <Channels>(client: Client<Channels>): Source<ConnectionState> => ({
  ...connectionStore(untyped(client)),
  onServer: disconnected,
});

/** Hands every publication to the handler while somebody reads the state of the channel. */
export function channelSource<Channels, Name extends ChannelName<Channels>>(
  client: Client<Channels>,
  name: Name,
  handler: (publication: Publication<Channels, Name>) => unknown,
  settings: ChannelSettings = {},
): Source<ChannelState> {
  const channel = () => untyped(client).channel(name, settings);
  return {
    get: () => untyped(client).channel(name).state,
    subscribe(notify) {
      const forget = channel().on('state', notify);
      const leave = channel().subscribe(handler as (publication: Publication) => unknown, settings as object);
      return () => {
        forget();
        leave();
      };
    },
    onServer: unsubscribed,
  };
}

/** The answer of `getState`, reduced by every publication after it. All readers of a name share one state. */
export const snapshotSource = <Channels, Name extends ChannelName<Channels>, T>(
  client: Client<Channels>,
  name: Name,
  getState: SnapshotRules<T>['getState'],
  reduce: (data: T, publication: Publication<Channels, Name>) => T,
  initial?: Snapshot<T>,
): Source<Kept<T>> => ({
  ...snapshotStore<T>(untyped(client), name, {
    initial,
    getState,
    reduce: reduce as SnapshotRules<T>['reduce'],
  }),
  onServer: firstOf(initial),
});

/** The users who are in the channel. */
export const presenceSource = <Channels>(
  client: Client<Channels>,
  name: ChannelName<Channels>,
): Source<Presence> => ({ ...presenceStore(untyped(client), name), onServer: nobody });

/** A server renders without a document. */
export const isServer = (): boolean => typeof document === 'undefined';
