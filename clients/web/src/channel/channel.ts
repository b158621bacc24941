import type { ChannelRequest, ServerFrame, ServerFrames } from '../../../../src/protocol/wire/frame-types.ts';
import type { TambuliError } from '../errors.ts';
import type { ClientFrame, EphemeralFrame, IncomingFrame, PublicationFrame } from '../links/link.ts';
import { listeners } from '../listeners.ts';
import type {
  Channel,
  ChannelOptions,
  ChannelState,
  Environment,
  Presence,
  Publication,
  Snapshot,
  Undo,
  Whisper,
} from '../types.ts';
import { formatPosition, parsePosition } from './position.ts';
import { createRoom } from './presence.ts';
import { createSubscription } from './subscription.ts';

/** The part of its client that a channel needs. */
export interface ChannelHost {
  readonly environment: Environment;
  ask(channel: OwnChannel): void;
  send(frame: ClientFrame): void;
  request(frame: ClientFrame): Promise<ServerFrame>;
  publish(item: {
    channel: string;
    type: string;
    data: unknown;
    key?: string | undefined;
  }): Promise<{ position: string | undefined }>;
  report(code: string, cause: unknown, channel: string): void;
  fail(error: TambuliError): void;
  /** By channel, where a storage keeps them. */
  readonly positions: ReadonlyMap<string, string>;
  save(channel: string, position: string): void;
}

/** A channel as its client sees it. */
export interface OwnChannel extends Channel {
  isWanted(): boolean;
  /** The members, once the server has told. */
  present(): Presence | undefined;
  set(options: ChannelOptions): void;
  begin(id: string): ChannelRequest;
  take(frame: IncomingFrame): void;
  pong(id: unknown): void;
  lost(): void;
  reached(position: string): Promise<void>;
  close(): void;
}

export function createChannel(client: ChannelHost, name: string): OwnChannel {
  const failed = (thrown: unknown) => client.report('handler_failed', thrown, name);
  const readers = listeners<[Publication]>(failed);
  const whispers = listeners<[Whisper]>(failed);
  const watchers = listeners<[Presence]>(failed);
  const onState = listeners<[ChannelState]>(failed);
  const onSnapshot = listeners<[Snapshot]>(failed);
  const room = createRoom();

  const isWanted = () => readers.size() + whispers.size() + watchers.size() > 0;
  const subscription = createSubscription(client, name, {
    ask: () => client.ask(self),
    isWanted,
    take: readers.call,
    changed: () => void onState.call(subscription.state),
    found: onSnapshot.call,
  });
  const { join: enter, leave, lost } = subscription;

  /** Counted: the first reader subscribes, and the last one leaves. */
  function join(undo: Undo): Undo {
    enter();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      undo();
      if (!isWanted()) leave();
    };
  }

  const self: OwnChannel = Object.assign(subscription, {
    name,
    isWanted,
    present: room.now,
    subscribe(handler, { type } = {}) {
      const isAsked = (publication: Publication) => type === undefined || publication.type === type;
      return join(
        readers.add((publication) => (isAsked(publication) ? handler(publication as never) : undefined)),
      );
    },
    on: (event: 'state' | 'snapshot', handler: unknown) =>
      (event === 'state' ? onState : onSnapshot).add(handler as () => void),
    publish: (type, data, { key } = {}) => client.publish({ channel: name, type, data, key }),
    whisper: (type, data) =>
      client.send({ type: 'publish', channel: name, publicationType: type, data, ephemeral: true }),
    whispers: { subscribe: (handler) => join(whispers.add(handler)) },
    presence: {
      subscribe(handler) {
        const undo = join(watchers.add(handler));
        const present = room.now();
        if (present) void handler(present);
        return undo;
      },
    },
    async history(options) {
      const frame = await client.request({ type: 'history', channel: name, ...options });
      const { publications, position, more } = frame as unknown as ServerFrames['history'];
      const { epoch = '' } = parsePosition(position) ?? {};
      const withPosition = (each: PublicationFrame) => ({
        ...each,
        position: formatPosition({ epoch, offset: each.offset }),
      });
      return { publications: publications.map(withPosition) as never, position, more };
    },
    async *[Symbol.asyncIterator]() {
      let take = undefined as ((publication: Publication) => void) | undefined;
      let settle = undefined as Undo | undefined;
      // One publication at a time: the next one comes when the one before is settled, and is awaited by then.
      const stop = self.subscribe(
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

    take(frame) {
      if ('ephemeral' in frame) void whispers.call(frame as EphemeralFrame);
      else if ('offset' in frame) subscription.published(frame as PublicationFrame);
      else if (frame.type === 'subscribed') subscription.subscribed(frame as never);
      else if ('code' in frame) {
        // An error, or the end of the subscription by the server.
        const fault = frame as ServerFrames['error'];
        subscription.refused(fault, fault.id);
      } else if ('count' in frame) void watchers.call(room.take(frame as never));
    },
    lost() {
      room.clear();
      lost();
    },
  } satisfies Partial<OwnChannel>);
  return self;
}
