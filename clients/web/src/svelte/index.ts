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
import { type Readable, readable } from './readable.ts';
import {
  type ChannelSettings,
  channelSource,
  connectionSource,
  presenceSource,
  snapshotSource,
} from './sources.ts';

export type { ChannelSettings, Kept, Readable };

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

/** The answer of `getState`, reduced by every publication after it; `initial` is that of the server that rendered. All readers of a name share one state. */
export const snapshot = <Channels, Name extends ChannelName<Channels>, T>(
  client: Client<Channels>,
  name: Name,
  getState: SnapshotRules<T>['getState'],
  reduce: (data: T, publication: Publication<Channels, Name>) => T,
  initial?: Snapshot<T>,
): Readable<Kept<T>> => readable(snapshotSource(client, name, getState, reduce, initial));

/** The users who are in the channel. */
export const presence = <Channels>(
  client: Client<Channels>,
  name: ChannelName<Channels>,
): Readable<Presence> => readable(presenceSource(client, name));
