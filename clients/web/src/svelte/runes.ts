import { createSubscriber } from 'svelte/reactivity';
import type { Kept, SnapshotRules } from '../stores/snapshot.ts';
import type {
  ChannelName,
  ChannelState,
  Client,
  ConnectionState,
  Presence,
  Publication,
  Snapshot,
} from '../types.ts';
import {
  type ChannelSettings,
  channelSource,
  connectionSource,
  isServer,
  presenceSource,
  type Source,
  snapshotSource,
} from './sources.ts';

/** A value for Svelte 5: an effect or a template that reads `current` runs again when it changes. */
export interface Current<T> {
  readonly current: T;
}

/** Whether there is a connection, over which transport, and if not, why and when the next attempt is made. */
export const connection = <Channels>(client: Client<Channels>): Current<ConnectionState> =>
  current(connectionSource(client));

/** The state of a channel, whose publications are handed to the handler while an effect reads `current`. */
export const channel = <Channels, Name extends ChannelName<Channels>>(
  client: Client<Channels>,
  name: Name,
  handler: (publication: Publication<Channels, Name>) => unknown,
  settings?: ChannelSettings,
): Current<ChannelState> => current(channelSource(client, name, handler, settings));

/** The answer of `getState`, reduced by every publication after it; `initial` is that of the server that rendered. All readers of a name share one state. */
export const snapshot = <Channels, Name extends ChannelName<Channels>, T>(
  client: Client<Channels>,
  name: Name,
  getState: SnapshotRules<T>['getState'],
  reduce: (data: T, publication: Publication<Channels, Name>) => T,
  initial?: Snapshot<T>,
): Current<Kept<T>> => current(snapshotSource(client, name, getState, reduce, initial));

/** The users who are in the channel. */
export const presence = <Channels>(
  client: Client<Channels>,
  name: ChannelName<Channels>,
): Current<Presence> => current(presenceSource(client, name));

function current<T>({ get, subscribe, onServer }: Source<T>): Current<T> {
  const read = createSubscriber((update) => subscribe(update));
  return {
    get current() {
      if (isServer()) return onServer;
      read();
      return get();
    },
  };
}
