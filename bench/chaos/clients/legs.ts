import { parseVector } from '../../../src/protocol/wire/position.ts';
import { openSocketIo } from '../../../test/support/clients/socket-io-client.ts';
import { openSse } from '../../../test/support/clients/sse-client.ts';
import { sdkLeg } from './sdk/sdk-leg.ts';

/** The events that a transport tells its client. Channels are named as on the wire. */
export interface LegSink {
  /** The server's answer for a channel, or its word that it lost the thread. */
  stands(channel: string, position: string, recovered: boolean | undefined): void;
  publication(publication: WirePublication): void;
  /** The position that the transport gives the client. */
  moved(channel: string, position: string): void;
}

export interface WirePublication {
  readonly channel: string;
  readonly offset: number;
  readonly id: string;
  readonly data: { readonly key?: string } | null;
}

export interface LegOptions {
  /** `host:port` */
  readonly address: string;
  readonly userId: string;
  readonly channels: readonly string[];
  /** Positions by channel, perhaps of other channels too. */
  readonly since: ReadonlyMap<string, string>;
  /** The client moves on. */
  readonly signal: AbortSignal;
  readonly sink: LegSink;
}

/** A client on one transport until it moves on. Resolves then, or when the connection is lost; rejects when it was refused. */
export type Leg = (options: LegOptions) => Promise<void>;

export const legs = {
  websocket,
  sse: eventStream,
  poll: (options: LegOptions) => poll(options, 0),
  longPoll: (options: LegOptions) => poll(options, 1),
  socketIo: (options: LegOptions) => socketIo(options, 'websocket'),
  socketIoPolling: (options: LegOptions) => socketIo(options, 'polling'),
  sdkWebsocket: (options: LegOptions) => sdkLeg(options, 'websocket'),
  sdkSse: (options: LegOptions) => sdkLeg(options, 'sse'),
  sdkPoll: (options: LegOptions) => sdkLeg(options, 'poll'),
} satisfies Record<string, Leg>;

/** Between two polls that do not wait, in milliseconds. */
const pollPauseMs = 50;

const vectorOf = (since: ReadonlyMap<string, string>) =>
  [...since].map(([channel, position]) => `${channel}@${position}`).join();

type Frame = Partial<WirePublication> & {
  readonly type?: string;
  readonly position?: string;
  readonly recovered?: boolean;
};

async function websocket({ address, userId, channels, since, signal, sink }: LegOptions): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const epochs = new Map<string, string>();
  const socket = new WebSocket(`ws://${address}/ws/realtime?userId=${userId}&role=officer`);
  socket.onopen = () => {
    for (const channel of channels) {
      socket.send(JSON.stringify({ type: 'subscribe', channel, since: since.get(channel) }));
    }
  };
  socket.onmessage = ({ data }) => {
    if (signal.aborted) return;
    const { type, position = '', recovered, ...frame } = JSON.parse(String(data)) as Frame;
    const { channel = '' } = frame;
    if (type === 'error') socket.close();
    if (type === 'subscribed') {
      sink.stands(channel, position, recovered);
      sink.moved(channel, position);
      epochs.set(channel, position.split(':')[0] ?? '');
    }
    if (!isPublication(frame)) return;
    sink.publication(frame);
    // This transport leaves it to the client to count.
    sink.moved(channel, `${epochs.get(channel)}:${frame.offset}`);
  };
  socket.onclose = () => resolve();
  signal.addEventListener('abort', () => socket.close());
  await over;
}

async function eventStream({ address, userId, channels, since, signal, sink }: LegOptions): Promise<void> {
  const query = new URLSearchParams({ userId, role: 'officer', channels: channels.join() });
  if (since.size > 0) query.set('since', vectorOf(since));
  const stream = await openSse(`http://${address}/api/realtime/stream?${query}`, {}, (event) => {
    if (signal.aborted) return;
    const frame = event.data as Frame;
    const vector = parseVector(event.id ?? '') ?? new Map();
    for (const [channel, { epoch, offset }] of vector) {
      const position = `${epoch}:${offset}`;
      if (event.event === 'subscribed') sink.stands(channel, position, since.has(channel) || undefined);
      sink.moved(channel, position);
    }
    if (event.event === 'reset') sink.stands(frame.channel ?? '', frame.position ?? '', false);
    if (isPublication(frame)) sink.publication(frame);
  });
  const close = () => void stream[Symbol.asyncDispose]();
  if (signal.aborted) close();
  signal.addEventListener('abort', close);
  await stream.ended;
}

interface Page {
  readonly publications: readonly WirePublication[];
  readonly position: string;
  readonly recovered: boolean;
}

async function poll(options: LegOptions, wait: number): Promise<void> {
  const { address, userId, signal, sink } = options;
  const follow = async (channel: string) => {
    let position = options.since.get(channel);
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const query = new URLSearchParams({ userId, role: 'officer', wait: String(wait) });
      if (position !== undefined) query.set('since', position);
      const path = `/api/realtime/channels/${channel}/publications?${query}`;
      const response = await fetch(`http://${address}${path}`, { signal });
      if (response.status !== 200) throw new Error(`A poll was answered with ${response.status}.`);
      const page = (await response.json()) as Page;
      const start = position ?? `${page.position.split(':')[0]}:0`;
      if (!page.recovered) sink.stands(channel, page.position, false);
      else if (isFirst) sink.stands(channel, start, position === undefined ? undefined : true);
      for (const publication of page.publications) sink.publication(publication);
      position = page.position;
      sink.moved(channel, position);
      if (wait === 0) await Bun.sleep(pollPauseMs);
    }
  };
  await Promise.all(options.channels.map(follow)).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function socketIo(options: LegOptions, transport: 'websocket' | 'polling'): Promise<void> {
  const { address, userId, channels, since, signal, sink } = options;
  const known = new Map([...since].filter(([channel]) => channels.includes(channel)));
  const auth = { userId, role: 'officer', ...(known.size > 0 && { since: vectorOf(known) }) };
  const client = await openSocketIo(
    `http://${address}`,
    { transports: [transport], auth, reconnection: false },
    ({ name, args: [first, second] }) => {
      if (signal.aborted) return;
      const frame = (name === 'position' ? {} : first) as Frame;
      if (name === 'subscribed') sink.stands(frame.channel ?? '', frame.position ?? '', frame.recovered);
      if (isPublication(frame)) sink.publication(frame);
      const vector = parseVector(String(second)) ?? new Map();
      for (const [channel, { epoch, offset }] of vector) sink.moved(channel, `${epoch}:${offset}`);
    },
  );
  // Subscribes ask for no acknowledgement, so that replies keep their order among the events.
  for (const channel of channels) if (!known.has(channel)) client.socket.emit('subscribe', { channel });
  const close = () => client.socket.disconnect();
  if (signal.aborted) close();
  signal.addEventListener('abort', close);
  await client.next('disconnect', 60_000);
}

const isPublication = (frame: object): frame is WirePublication => 'offset' in frame;
