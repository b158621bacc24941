import type { PresentUser, ServerFrame, ServerFrames } from '../../../../src/protocol/wire/frame-types.ts';
import type { ClientFrame, EphemeralFrame, PublicationFrame } from '../links/link.ts';
import { listeners } from '../listeners.ts';
import type { Channel, ChannelOptions, Presence, Publication, Undo, Whisper } from '../types.ts';
import type { OwnChannel } from './own-channel.ts';
import { formatPosition, holds, type Position, parsePosition } from './position.ts';
import { type SnapshotHost, withSnapshots } from './snapshots.ts';

/** The part of the whole client that its channels need. */
export interface ExtrasHost extends SnapshotHost {
  send(frame: ClientFrame): void;
  request(frame: ClientFrame): Promise<ServerFrame>;
  publish(item: {
    channel: string;
    type: string;
    data: unknown;
    key?: string | undefined;
  }): Promise<{ position: string | undefined }>;
  /** By channel, where a storage keeps them. */
  readonly positions: ReadonlyMap<string, string>;
  save(channel: string, position: string): void;
}

/** A channel of the whole client, as the client sees it. */
export interface WholeChannel extends Omit<OwnChannel, 'on' | 'set'>, Channel {
  set(options: ChannelOptions): void;
  /** The members, once the server has told. */
  present(): Presence | undefined;
  /** Somebody wants to know who is there. */
  isWatched(): boolean;
  reached(position: string): Promise<void>;
}

type PresenceFrame = { readonly count: number } & Partial<
  ServerFrames['presence_state'] & ServerFrames['presence_diff']
>;

/** Adds the abilities of the whole client to a channel: publishing, whispers, presence, history, loops and snapshots. */
export function withExtras(client: ExtrasHost, channel: OwnChannel): Partial<WholeChannel> {
  const { name, failed, join, lost } = channel;
  const whispers = listeners<[Whisper]>(failed);
  const watchers = listeners<[Presence]>(failed);
  const users = new Map<string, PresentUser>();
  /** Undefined until the server has told. */
  let present: Presence | undefined;
  const awaiting = new Set<{ readonly at: Position; readonly resolve: () => void }>();

  /** The state, then the differences. */
  function count({ users: all, joins, leaves, count }: PresenceFrame): Presence {
    if (all) users.clear();
    for (const user of all ?? joins ?? []) users.set(user.userId, user);
    for (const userId of leaves ?? []) users.delete(userId);
    present = { count, users: [...users.values()] };
    return present;
  }

  return {
    ...withSnapshots(client, channel),
    publish: (type, data, { key } = {}) => client.publish({ channel: name, type, data, key }),
    whisper: (type, data) =>
      client.send({ type: 'publish', channel: name, publicationType: type, data, ephemeral: true }),
    whispers: { subscribe: (handler) => join(whispers.add(handler)) },
    present: () => present,
    isWatched: () => watchers.size() > 0,
    presence: {
      subscribe(handler) {
        if (present) void handler(present);
        return join(watchers.add(handler));
      },
    },
    async history(options) {
      const frame = await client.request({ type: 'history', channel: name, ...options });
      const { publications, position, more } = frame as unknown as ServerFrames['history'];
      const at = parsePosition(position) as Position;
      const withPosition = (each: PublicationFrame) => ({
        ...each,
        position: formatPosition({ ...at, ...each }),
      });
      return { publications: publications.map(withPosition) as never, position, more };
    },
    async *[Symbol.asyncIterator]() {
      let take = undefined as ((publication: Publication) => void) | undefined;
      let settle = undefined as Undo | undefined;
      // One publication at a time: the next one comes when the one before is settled, and is awaited by then.
      const stop = channel.subscribe(
        (publication) =>
          new Promise<void>((resolve) => {
            settle = resolve;
            take?.(publication);
          }),
      );
      try {
        for (;;) {
          yield (await new Promise<Publication>((resolve) => {
            take = resolve;
          })) as never;
          settle?.();
        }
      } finally {
        stop();
        settle?.();
      }
    },
    async reached(text) {
      const at = parsePosition(text);
      if (!at) throw new TypeError(`"${text}" is no position.`);
      if (!holds(parsePosition(channel.state.position), at))
        await new Promise<void>((resolve) => awaiting.add({ at, resolve }));
    },

    stored: () => client.positions.get(name),
    moved(to) {
      client.save(name, formatPosition(to));
      for (const each of awaiting) {
        // A state of another life of the log holds everything that was promised in the former.
        if (each.at.epoch === to.epoch && each.at.offset > to.offset) continue;
        awaiting.delete(each);
        each.resolve();
      }
    },
    accept(frame) {
      if ('ephemeral' in frame) void whispers.call(frame as EphemeralFrame);
      else if ('count' in frame) void watchers.call(count(frame as PresenceFrame));
      else return false;
      return true;
    },
    lost() {
      users.clear();
      present = undefined;
      lost();
    },
  };
}
