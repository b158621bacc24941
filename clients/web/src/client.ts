import type { Settled } from '../../../src/protocol/wire/frame-types.ts';
import { createChannel } from './channel/channel.ts';
import type { ChannelHost, OwnChannel } from './channel/own-channel.ts';
import { createConnection } from './connection/connection.ts';
import type { State, Surroundings } from './connection/states.ts';
import type { ConnectionState, CoreClient, CoreEnvironment, CoreOptions, Undo } from './core-types.ts';
import { type Fault, sentence, TambuliError } from './errors.ts';
import type { ClientFrame, IncomingFrame, OpenLink } from './links/link.ts';
import { listeners } from './listeners.ts';

/** The additions of one build of the client, at the places where the core asks for them. */
export interface Plan extends Pick<ChannelHost, 'extend'> {
  readonly environment: CoreEnvironment;
  /** Begins every id of a frame, where others use the same connection. */
  readonly prefix?: string;
  /** Returns the transport for a new connection. */
  open(state: State): OpenLink | undefined;
  /** Before a token is asked for; true where none is needed. */
  load?(): Promise<boolean>;
  around?(): Pick<Surroundings, 'follows' | 'judge'>;
  /** The settled positions for a ping; empty where they are no news to the server. */
  told?(): Settled | '';
  ready?(): void;
  /** Takes every frame that is not about the token; truthy if nobody else is to have it. */
  frame?(frame: IncomingFrame): unknown;
  /** Whether the frame has to go to the server. */
  sends?(frame: ClientFrame): boolean;
  lost?(code: number, fault: Fault): void;
  /** The page is there, or goes. */
  present?(isPresent: boolean): void;
  changed?(): void;
  /** The name of the transport of a connection. */
  transport(state: State): ConnectionState['transport'] | undefined;
  /** Somebody wants to know who is in the channel. */
  isWatched?(channel: string): boolean;
  /** The number of publications that wait. */
  pending?(): number;
}

/** Channels of one subscribe frame: their names and positions stay far under the limit of a frame. */
const channelsPerFrame = 100;

/** The client that every build has: a connection and what is read over it. */
export function assemble(address: string, options: CoreOptions, plan: Plan) {
  const { environment } = plan;
  const onState = listeners<[ConnectionState]>((thrown) => report('handler_failed', thrown));
  const onError = listeners<[TambuliError]>(surface);
  const channels = new Map<string, OwnChannel>();
  let shown: ConnectionState | undefined;
  /** Channels that ask in the next frame. */
  const asking = new Set<OwnChannel>();
  let unlisten: Undo | undefined;
  let isClosed = false;

  function surface(thrown: unknown): void {
    (globalThis as { reportError?(error: unknown): void }).reportError?.(thrown);
  }

  function fail(error: TambuliError): void {
    if (onError.size()) void onError.call(error);
    else surface(error);
  }

  function report(code: string, cause: unknown, channel?: string): void {
    fail(new TambuliError({ code, message: `${code}: ${cause}` }, channel, cause));
  }

  const connection = createConnection({
    ...plan,
    options,
    url: address.replace(/^ws/, 'http').replace(/\/+$/, ''),
    ready() {
      for (const channel of channels.values()) asking.add(channel);
      askNow();
      plan.ready?.();
    },
    frame(frame) {
      if (plan.frame?.(frame)) return;
      const { type, id, channel } = frame as { type: string; id?: unknown; channel?: string };
      const reader = channels.get(channel as string);
      if (reader) reader.take(frame);
      else if (type === 'pong') for (const each of channels.values()) each.pong(id);
      else if (type === 'error') fail(new TambuliError(frame as never));
    },
    lost(code, fault) {
      asking.clear();
      plan.lost?.(code, fault);
      for (const channel of channels.values()) channel.lost();
    },
    changed,
    fail,
  });
  const { dispatch, tokens, isReady } = connection;

  function send(frame: ClientFrame): void {
    if (plan.sends?.(frame) ?? true) connection.send(frame);
  }

  /** All that ask in one turn go out in one frame, with a ping whose pong says that all of the past has come. */
  function ask(channel: OwnChannel): void {
    if (!isReady()) return;
    if (asking.size === 0) queueMicrotask(askNow);
    asking.add(channel);
  }

  function askNow(): void {
    const all = [...asking].filter(({ isWanted }) => isWanted());
    asking.clear();
    do {
      const id = connection.nextId();
      const some = all.splice(0, channelsPerFrame).map((channel) => channel.begin(id));
      if (some[0]) send({ type: 'subscribe', id, channels: some });
      // A ping is answered whatever else is: the connection has to prove itself.
      send({ type: 'ping', id });
    } while (isReady() && all[0]);
  }

  function changed(): void {
    shown = undefined;
    void onState.call(current());
  }

  function current(): ConnectionState {
    const state = connection.state();
    const { phase, fault, attempt, due = null, lastHeardAt = null } = state;
    const isOpen = phase === 'open' || phase === 'checking';
    const isOpening = phase === 'opening' || phase === 'authorizing';
    const why = isOpen ? undefined : fault;
    shown ??= {
      status: isOpen ? 'connected' : isOpening ? 'connecting' : 'disconnected',
      transport: ((isOpen || isOpening) && plan.transport(state)) || null,
      attempt,
      retryAt: phase === 'waiting' ? due : null,
      code: why?.code ?? null,
      reason: why ? sentence(why) : null,
      lastHeardAt,
      pending: plan.pending?.() ?? 0,
    };
    return shown;
  }

  function channelOf(name: string): OwnChannel {
    const channel = channels.get(name) ?? createChannel(core, name);
    channels.set(name, channel);
    return channel;
  }

  const client: CoreClient = {
    get state() {
      return current();
    },
    connect() {
      if (isClosed)
        throw new TambuliError({ code: 'closed', status: 400, message: 'The client was closed.' });
      unlisten ??= environment.signals((signal) => {
        if (signal === 'wake') {
          plan.present?.(true);
          tokens.wake();
          dispatch({ type: signal });
        } else {
          const hangUp = signal === 'leave';
          dispatch({ type: 'sleep', hangUp });
          if (hangUp) plan.present?.(false);
        }
      });
      plan.present?.(true);
      dispatch({ type: 'connect' });
    },
    disconnect() {
      dispatch({ type: 'disconnect' });
      plan.present?.(false);
    },
    close() {
      isClosed = true;
      client.disconnect();
      tokens.close();
      unlisten?.();
      for (const channel of channels.values()) channel.close();
    },
    setToken(token) {
      tokens.set(token);
      if (isReady()) connection.authenticate();
      else if (connection.state().phase !== 'idle') dispatch({ type: 'connect' });
    },
    on: (event: 'state' | 'error', handler: unknown) =>
      (event === 'state' ? onState : onError).add(handler as () => void),
    channel(name, given) {
      const channel = channelOf(name);
      if (given) channel.set(given);
      return channel as never;
    },
  };
  const core = {
    ...connection,
    ask,
    send,
    report,
    channels,
    channelOf,
    client,
  };
  return core;
}
