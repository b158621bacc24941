import { type ChannelHost, createChannel, type OwnChannel } from './channel/channel.ts';
import { createConnection } from './connection/connection.ts';
import type { TransportName } from './connection/machine.ts';
import { platform } from './environment.ts';
import { sentence, TambuliError } from './errors.ts';
import type { ClientFrame, IncomingFrame, OpenLink } from './links/link.ts';
import { listeners } from './listeners.ts';
import type { OpenOutbox } from './outbox/outbox.ts';
import type { OpenTabs, Tabs } from './tabs/tabs.ts';
import type { Client, ClientOptions, ConnectionState, Environment, Undo } from './types.ts';

/** The parts of one build of the client. */
export interface Parts {
  readonly links: { readonly [Name in TransportName]?: OpenLink };
  readonly outbox: OpenOutbox;
  readonly tabs?: OpenTabs;
  readonly environment?: Partial<Environment>;
}

/** Channels of one subscribe frame: their names and positions stay far under the limit of a frame. */
const channelsPerFrame = 100;

export function assemble<Channels>(address: string, options: ClientOptions, parts: Parts): Client<Channels> {
  const url = address.replace(/^ws/, 'http').replace(/\/+$/, '');
  const environment: Environment = { ...platform, ...parts.environment, ...options.environment };
  const { storage, share } = options;
  const onState = listeners<[ConnectionState]>((thrown) => report('handler_failed', thrown));
  const onError = listeners<[TambuliError]>(surface);
  const channels = new Map<string, OwnChannel>();
  const positions = new Map<string, string>();
  let shown: ConnectionState | undefined;
  let asking: Set<OwnChannel> | undefined;
  let tabs: Tabs | undefined;
  let unlisten: Undo | undefined;
  let isClosed = false;

  function surface(thrown: unknown): void {
    (globalThis as { reportError?(error: unknown): void }).reportError?.(thrown);
  }

  function fail(error: TambuliError): void {
    if (onError.size() > 0) void onError.call(error);
    else surface(error);
  }

  function report(code: string, cause: unknown, channel?: string): void {
    fail(new TambuliError({ code, message: `${code}: ${cause}` }, channel, cause));
  }

  const connection = createConnection({
    url,
    environment,
    options,
    links: parts.links,
    load: () => loading,
    tabs: () => tabs,
    ready() {
      asking = new Set(channels.values());
      // A ping is answered whatever else is: the connection has to prove itself.
      if (!askNow()) send({ type: 'ping', id: connection.nextId() });
      outbox.flush();
    },
    frame: take,
    lost(code, fault) {
      asking = undefined;
      if (code === 1009) outbox.condemn(new TambuliError(fault));
      for (const channel of channels.values()) channel.lost();
    },
    changed,
    fail,
  });

  function send(frame: ClientFrame): void {
    // Another tab still reads it through this one.
    if (frame.type !== 'unsubscribe' || !tabs?.has(frame.channel)) connection.send(frame);
  }

  /** All that ask in one turn go out in one frame, with a ping whose pong says that all of the past has come. */
  function ask(channel: OwnChannel): void {
    if (!connection.isReady()) return;
    if (!asking) queueMicrotask(askNow);
    asking ??= new Set();
    asking.add(channel);
  }

  /** Whether there was anything to ask. */
  function askNow(): boolean {
    const all = [...(asking ?? [])].filter(({ isWanted }) => isWanted());
    const isAsking = all.length > 0;
    asking = undefined;
    while (connection.isReady() && all.length > 0) {
      const id = connection.nextId();
      const some = all.splice(0, channelsPerFrame).map((channel) => channel.begin(id));
      send({ type: 'subscribe', id, channels: some });
      send({ type: 'ping', id });
    }
    return isAsking;
  }

  function take(frame: IncomingFrame): void {
    const { type, id, channel } = frame as { type: string; id?: unknown; channel?: string };
    const reader = channels.get(channel as string);
    if (reader) reader.take(frame);
    else if (type === 'pong') for (const each of channels.values()) each.pong(id);
    else if (type === 'error' && (id === undefined || connection.isOwn(id)))
      fail(new TambuliError(frame as never));
  }

  function changed(): void {
    shown = undefined;
    void onState.call(current());
  }

  function current(): ConnectionState {
    const { phase, fault, attempt, due = null, lastHeardAt = null } = connection.state();
    const isOpen = phase === 'open' || phase === 'checking';
    const isOpening = phase === 'opening' || phase === 'authorizing';
    const why = isOpen ? undefined : fault;
    shown ??= {
      status: isOpen ? 'connected' : isOpening ? 'connecting' : 'disconnected',
      transport: isOpen || isOpening ? connection.transport() : null,
      attempt,
      retryAt: phase === 'waiting' ? due : null,
      code: why?.code ?? null,
      reason: why ? sentence(why) : null,
      lastHeardAt,
      pending: outbox.pending,
    };
    return shown;
  }

  function keep(write: Promise<void> | undefined, channel?: string): void {
    write?.catch((thrown: unknown) => report('storage_failed', thrown, channel));
  }

  /** The host that the parts have in common. */
  const shared = { ...connection, environment, storage, report, fail, changed, keep };
  const outbox = parts.outbox(shared);
  const channelHost: ChannelHost = {
    ...shared,
    ask,
    send,
    publish: outbox.publish,
    positions,
    save(name, position) {
      if (!storage) return;
      positions.set(name, position);
      keep(storage.set(`position/${name}`, position), name);
    },
  };

  function channelOf(name: string): OwnChannel {
    const channel = channels.get(name) ?? createChannel(channelHost, name);
    channels.set(name, channel);
    return channel;
  }

  /** A storage that fails leaves the client without a past. */
  async function load(): Promise<void> {
    try {
      for (const [key, value] of (await storage?.entries('position/')) ?? []) {
        positions.set(key.slice('position/'.length), String(value));
      }
      await outbox.load();
    } catch (thrown) {
      report('storage_failed', thrown);
    }
  }

  function start(): void {
    unlisten ??= environment.signals((signal) => {
      if (signal === 'wake') {
        tabs?.resume();
        connection.tokens.wake();
        connection.dispatch({ type: 'wake' });
      } else {
        connection.dispatch({ type: 'sleep', hangUp: signal === 'leave' });
        if (signal === 'leave') tabs?.pause();
      }
    });
    if (tabs) tabs.resume();
    else if (share) {
      tabs = parts.tabs?.({
        ...shared,
        name: `tambuli ${url} ${share}`,
        role: (follows) => connection.dispatch({ type: 'role', follows }),
        isWanted: (name) => channels.get(name)?.isWanted() === true,
        present: (name) => channelOf(name).present(),
      });
    }
  }

  const loading = storage && load();
  const client: Client = {
    get state() {
      return current();
    },
    outbox,
    connect() {
      if (isClosed)
        throw new TambuliError({ code: 'closed', status: 400, message: 'The client was closed.' });
      start();
      connection.dispatch({ type: 'connect' });
    },
    disconnect() {
      connection.dispatch({ type: 'disconnect' });
      tabs?.pause();
    },
    close() {
      isClosed = true;
      connection.close();
      outbox.close();
      unlisten?.();
      tabs?.pause();
      for (const channel of channels.values()) channel.close();
    },
    setToken(token) {
      connection.tokens.set(token);
      if (connection.isReady()) connection.authenticate();
      else if (connection.state().phase !== 'idle') connection.dispatch({ type: 'connect' });
    },
    on: (event: 'state' | 'error', handler: unknown) =>
      (event === 'state' ? onState : onError).add(handler as () => void),
    channel(name, given) {
      const channel = channelOf(name);
      if (given) channel.set(given);
      return channel as never;
    },
    reached: (name, position) => channelOf(name).reached(position),
  };
  // The compiler alone knows the channels of a server.
  return client as unknown as Client<Channels>;
}
