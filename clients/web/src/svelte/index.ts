import type { Kept, SnapshotRules } from '../stores/snapshot.ts';
import type {
  ChannelName,
  ChannelState,
  Client,
  ConnectionState,
  Presence,
  Publication,
  Undo,
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

export type { ChannelSettings, Kept };

/** A store as Svelte reads it, `$store` in a component: begins with the first reader, and stops after the last. */
export interface Readable<T> {
  subscribe(run: (value: T) => void): Undo;
}

/** Whether there is a connection, over which transport, and if not, why and when the next attempt is made. */
export const connection = <Channels>(client: Client<Channels>): Readable<ConnectionState> =>
  readable(connectionSource(client));

/** The state of a channel, whose publications are handed to the handler while the store is read. */
export const channel = <Channels, Name extends ChannelName<Channels>>(
  client: Client<Channels>,
  name: Name,
  handler: (publication: Publication<Channels, Name>) => unknown,
  settings?: ChannelSettings,
): Readable<ChannelState> => readable(channelSource(client, name, handler, settings));

/** The answer of `getState`, reduced by every publication after it. All readers of a name share one state. */
export const snapshot = <Channels, Name extends ChannelName<Channels>, T>(
  client: Client<Channels>,
  name: Name,
  getState: SnapshotRules<T>['getState'],
  reduce: (data: T, publication: Publication<Channels, Name>) => T,
): Readable<Kept<T>> => readable(snapshotSource(client, name, getState, reduce));

/** The users who are in the channel. */
export const presence = <Channels>(
  client: Client<Channels>,
  name: ChannelName<Channels>,
): Readable<Presence> => readable(presenceSource(client, name));

function readable<T>({ get, subscribe, onServer }: Source<T>): Readable<T> {
  const readers = new Map<object, (value: T) => void>();
  let stop: Undo | undefined;
  return {
    subscribe(run) {
      if (isServer()) {
        run(onServer);
        return () => undefined;
      }
      const reader = {};
      readers.set(reader, run);
      if (readers.size === 1) {
        stop = subscribe(() => {
          for (const each of [...readers.values()]) each(get());
        });
      }
      run(get());
      return () => {
        if (readers.delete(reader) && readers.size === 0) stop?.();
      };
    },
  };
}
