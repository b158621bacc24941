import type { ClientFrame, PresentUser } from '../../../../src/protocol/wire/frame-types.ts';
import type { ClientOptions } from '../types.ts';
import { ChannelLog, type Draft } from './log.ts';
import { type Door, openSocket, type Peer } from './socket.ts';

export type { ClientFrame, Draft, PresentUser };

/** An error frame: `status` is what HTTP would say. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message?: string;
}

/** A server in the process of a test, which speaks to the client without a network and without a clock. */
export interface TestServer {
  /** For `createClient('http://server.test', server.options)`. */
  readonly options: Pick<ClientOptions, 'environment' | 'identity' | 'transports'>;
  /** Frames of all clients, in order, pings included. */
  readonly frames: readonly ClientFrame[];
  /** Connections that are open. */
  readonly connections: number;
  /** Appends to the channel's log, and hands it to the readers. */
  publish(channel: string, publication: Draft): { readonly position: string };
  /** The position of `getState`: everything up to now. */
  position(channel: string): string;
  /** Sends what is in no log. */
  whisper(
    channel: string,
    whisper: { readonly type: string; readonly data: unknown; readonly userId?: string },
  ): void;
  /** Sets the users of the channel, for its readers now and later. */
  presence(channel: string, users: readonly PresentUser[]): void;
  /** Answers subscriptions and publications of the channel by an error; undefined permits them again. */
  refuse(channel: string, refusal?: Refusal): void;
  /** Takes everything out of the log: who comes back has to fetch the state. */
  prune(channel: string): void;
  /** Closes all connections by a code; 1006 is a network that broke. */
  close(code?: number): void;
  /** Closes all connections and refuses new ones until `start`. */
  stop(): void;
  start(): void;
}

export const forbidden: Refusal = {
  code: 'forbidden',
  status: 403,
  message: 'The channel is not open to this identity.',
};

export function createTestServer(): TestServer {
  const peers = new Set<Peer>();
  const frames: ClientFrame[] = [];
  const logs = new Map<string, ChannelLog>();
  const present = new Map<string, readonly PresentUser[]>();
  const refused = new Map<string, Refusal>();
  let isOpen = true;

  function logOf(channel: string): ChannelLog {
    const log = logs.get(channel) ?? new ChannelLog(channel);
    logs.set(channel, log);
    return log;
  }

  function toReaders(channel: string, frame: object): void {
    for (const peer of peers) if (peer.channels.has(channel)) peer.send(frame);
  }

  function publish(channel: string, draft: Draft) {
    const log = logOf(channel);
    const { frame, isRepeated } = log.append(draft);
    if (!isRepeated) toReaders(channel, frame);
    return { position: log.positionOf(frame), isRepeated };
  }

  /** Whether the channel is refused, which is then said. */
  function refuses(peer: Peer, channel: string, id: unknown): boolean {
    const refusal = refused.get(channel);
    if (refusal) peer.send({ type: 'error', id, channel, error: refusal.code, ...refusal });
    return refusal !== undefined;
  }

  function subscribe(peer: Peer, channel: string, since: string | undefined, id: unknown): void {
    if (refuses(peer, channel, id)) return;
    const log = logOf(channel);
    const missed = since === undefined ? undefined : log.after(since);
    const position = missed ? since : log.position;
    const recovered = since === undefined ? undefined : missed !== undefined;
    peer.channels.add(channel);
    peer.send({ type: 'subscribed', id, channel, position, recovered });
    for (const frame of missed ?? []) peer.send(frame);
    const users = present.get(channel);
    if (users) peer.send({ type: 'presence_state', channel, count: users.length, users });
  }

  const answers: {
    readonly [Type in ClientFrame['type']]: (
      peer: Peer,
      frame: Extract<ClientFrame, { readonly type: Type }>,
    ) => void;
  } = {
    auth(peer, { id, userId = 'user', role = 'user' }) {
      peer.userId = userId;
      peer.send({ type: 'authenticated', id, clientId: 'test', userId, role });
    },
    subscribe(peer, { id, channels }) {
      for (const { channel, since } of channels) subscribe(peer, channel, since, id);
    },
    unsubscribe(peer, { id, channel }) {
      peer.channels.delete(channel);
      peer.send({ type: 'unsubscribed', id, channel });
    },
    ping: (peer, { id }) => peer.send({ type: 'pong', id, timestamp: new Date().toISOString() }),
    history: (peer, { id, channel, ...query }) =>
      peer.send({ type: 'history', id, channel, ...logOf(channel).page(query) }),
    publish(peer, { id, channel, publicationType: type, data, key, ephemeral }) {
      if (refuses(peer, channel, id)) return;
      if (ephemeral) {
        whisper(channel, { type, data, userId: peer.userId }, peer);
        return;
      }
      const { position, isRepeated } = publish(channel, { type, data, ...(key !== undefined && { key }) });
      peer.send({ type: 'published', id, position, ...(isRepeated && { repeated: true }) });
    },
  };

  function whisper(
    channel: string,
    { type, data, userId }: { readonly type: string; readonly data: unknown; readonly userId?: string },
    except?: Peer,
  ): void {
    const frame = { type, channel, userId, data, timestamp: new Date().toISOString(), ephemeral: true };
    for (const peer of peers) if (peer !== except && peer.channels.has(channel)) peer.send(frame);
  }

  function close(code = 1006): void {
    for (const peer of [...peers]) peer.close(code);
  }

  const door: Door = {
    get isOpen() {
      return isOpen;
    },
    opened(peer) {
      peers.add(peer);
      const timestamp = new Date().toISOString();
      const protocol = 'tambuli.v1';
      peer.send({ type: 'connected', clientId: 'test', timestamp, protocol, heartbeatMs: 25_000 });
    },
    received(peer, frame) {
      const known = frame as ClientFrame;
      frames.push(known);
      answers[known.type](peer, known as never);
    },
    closed: (peer) => void peers.delete(peer),
  };

  return {
    options: {
      transports: ['websocket'],
      identity: { userId: 'user' },
      environment: { socket: () => openSocket(door) },
    },
    frames,
    get connections() {
      return peers.size;
    },
    publish,
    position: (channel) => logOf(channel).position,
    whisper,
    presence(channel, users) {
      present.set(channel, users);
      toReaders(channel, { type: 'presence_state', channel, count: users.length, users });
    },
    refuse(channel, refusal) {
      if (refusal) refused.set(channel, refusal);
      else refused.delete(channel);
    },
    prune: (channel) => logOf(channel).prune(),
    close,
    stop() {
      isOpen = false;
      close();
    },
    start() {
      isOpen = true;
    },
  };
}
