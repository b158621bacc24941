import { createChannel, type OwnChannel } from './channel.ts';
import { platform } from './environment.ts';
import { type Describe, isAboutToken, sentence, TambuliError } from './errors.ts';
import type { ClientFrame, IncomingFrame, Link, LinkEnd, OpenLink, ServerFrame } from './links/link.ts';
import { listeners } from './listeners.ts';
import { type Fault, initial, type MachineEvent, step, type TransportName } from './machine/machine.ts';
import { createOutbox } from './outbox.ts';
import type { OpenTabs, Tabs } from './tabs.ts';
import { createTokens, faultOf } from './tokens.ts';
import type { Client, ClientOptions, ConnectionState, Environment, Undo } from './types.ts';

/** What a build of the client is made of. */
export interface Parts {
  readonly links: { readonly [Name in TransportName]?: OpenLink };
  readonly describe: Describe;
  readonly tabs?: OpenTabs;
  readonly environment?: Partial<Environment>;
}

/** Channels of one subscribe frame: their names and positions stay far under the limit of a frame. */
const channelsPerFrame = 100;
const defaultSilenceMs = 25_000;
const closeNames: { readonly [code: number]: string } = {
  1009: 'payload_too_large',
  4001: 'shutdown',
  4002: 'expired',
  4003: 'slow',
  4004: 'no_pong',
  4005: 'auth_timeout',
  4008: 'too_many_requests',
  4009: 'too_many_connections',
  4010: 'renew',
  4011: 'disconnected',
  4501: 'bad_protocol',
  4502: 'invalid_token',
  4503: 'permission',
  4504: 'revoked',
};

export function assemble<Channels>(address: string, options: ClientOptions, parts: Parts): Client<Channels> {
  const url = address.replace(/^ws/, 'http').replace(/\/+$/, '');
  // Getters of the platform are read late: a server that only imports the client has no WebSocket.
  const environment: Environment = Object.assign(
    Object.create(platform),
    parts.environment,
    options.environment,
  );
  const { describe } = parts;
  const transports = (options.transports ?? (['websocket', 'sse', 'poll'] as const)).filter(
    (name) => parts.links[name],
  );
  const { storage, identity } = options;
  const prefix = environment.id().slice(0, 8);
  const authId = `${prefix}-auth`;

  const onState = listeners<[ConnectionState]>((thrown) => report('handler_failed', thrown));
  const onError = listeners<[TambuliError]>((thrown) => surface(thrown));
  const channels = new Map<string, OwnChannel>();
  const requests = new Map<
    string,
    { resolve(frame: ServerFrame): void; reject(error: TambuliError): void }
  >();
  const positions = new Map<string, string>();

  let machine = initial;
  let shown: ConnectionState | undefined;
  let link: Link | undefined;
  let probed: Link | undefined;
  /** Of the link; what a former one still says is dropped. */
  let generation = 0;
  let isReady = false;
  let isClosed = false;
  let silenceMs = defaultSilenceMs;
  /** Of the server's clock, ahead of ours. */
  let skewMs = 0;
  let frames = 0;
  let dueTimer: Undo | undefined;
  let probeTimer: Undo | undefined;
  let asking: Set<OwnChannel> | undefined;
  let loaded: Promise<unknown> | undefined;
  let unlisten: Undo | undefined;
  let tabs: Tabs | undefined;

  // Errors.

  function surface(thrown: unknown): void {
    const { reportError } = globalThis as { reportError?: (error: unknown) => void };
    reportError?.(thrown);
  }

  function fail(error: TambuliError): void {
    if (onError.size > 0) void onError.call(error);
    else surface(error);
  }

  function report(code: string, cause: unknown, channel?: string): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    fail(new TambuliError(code, sentence(code, message, describe), { cause, channel, retry: true }));
  }

  const refusal = (
    fault: { code: string; message?: string | undefined; retryAfterMs?: number },
    channel?: string,
  ) =>
    new TambuliError(fault.code, sentence(fault.code, fault.message, describe), {
      channel,
      ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
    });

  // The machine and its effects.

  const around = () => ({
    now: environment.now(),
    random: environment.random(),
    online: environment.online(),
    transports,
    silenceMs,
  });

  function dispatch(event: MachineEvent): void {
    if (isClosed) return;
    const before = machine;
    const [next, ...effects] = step(before, event, around());
    machine = next;
    if (next.due !== before.due) {
      dueTimer?.();
      dueTimer = arm(next.due, 'due');
    }
    if (next.probeAt !== before.probeAt) {
      probeTimer?.();
      probeTimer = arm(next.probeAt, 'probe');
    }
    for (const effect of effects) perform[effect]();
    if (next.phase !== before.phase || next.fault !== before.fault || next.due !== before.due) changed();
    if (next.phase === 'stopped' && before.phase !== 'stopped' && next.fault) fail(refusal(next.fault));
  }

  const arm = (at: number | undefined, type: 'due' | 'probe'): Undo | undefined =>
    at === undefined
      ? undefined
      : environment.after(Math.max(0, at - environment.now()), () => dispatch({ type }));

  const perform = {
    token() {
      const waiting = loaded ?? tokens.get();
      if (!waiting) return dispatch({ type: 'token' });
      waiting
        .then(() => tokens.get())
        .then(
          () => dispatch({ type: 'token' }),
          (thrown) => {
            const fault = faultOf(thrown);
            dispatch({ type: 'tokenless', fault, forGood: fault.code === 'unauthorized' });
          },
        );
    },
    dial() {
      drop();
      const open = machine.follows ? tabs?.open : parts.links[transports[machine.transport] ?? 'websocket'];
      if (open) link = connectBy(open, ++generation);
    },
    hangUp() {
      generation++;
      const former = link;
      drop();
      former?.close();
      tabs?.closed({ code: 1006 });
    },
    ping: () => send({ type: 'ping', id: nextId() }),
    probe() {
      const open = parts.links[transports[0] ?? 'websocket'];
      if (!open || probed) return;
      let candidate: Link | undefined;
      candidate = open({
        ...linkHost,
        // A greeting proves little: some proxies pass one and cut what follows.
        ready: () => candidate?.send({ type: 'ping' }),
        frame(frame) {
          if (frame.type === 'pong') dispatch({ type: 'adopt' });
        },
        closed() {
          if (probed === candidate) probed = undefined;
        },
      });
      probed = candidate;
    },
    adopt() {
      perform.dismiss();
      perform.hangUp();
      perform.dial();
    },
    dismiss() {
      probed?.close();
      probed = undefined;
    },
    forget: () => tokens.forget(),
  };

  // The link.

  const linkHost = {
    url,
    environment,
    pollIntervalMs: options.pollIntervalMs ?? 30_000,
    alive: () => undefined,
    headers(): Record<string, string> {
      return tokens.current ? { authorization: `Bearer ${tokens.current}` } : {};
    },
    query(): string {
      if (!identity || tokens.current) return '';
      const { userId, role, tenants } = identity;
      return String(
        new URLSearchParams({ userId, ...(role && { role }), ...(tenants && { tenants: tenants.join() }) }),
      );
    },
  };

  function connectBy(open: OpenLink, mine: number): Link {
    const isMine = () => mine === generation;
    return open({
      ...linkHost,
      alive: () => {
        if (isMine()) dispatch({ type: 'frame', kind: 'other' });
      },
      ready: () => {
        if (isMine()) ready();
      },
      frame: (frame) => {
        if (isMine()) take(frame);
      },
      closed: (end) => {
        if (isMine()) ended(end);
      },
    });
  }

  /** Who we are, all channels with their positions, and a ping whose pong says that all of the past has come: one write. */
  function ready(): void {
    isReady = true;
    if (!machine.follows) authenticate();
    asking = new Set([...channels.values()].filter(({ isWanted }) => isWanted));
    if (asking.size === 0) send({ type: 'ping', id: nextId() });
    askNow();
    tabs?.opened(shownTransport());
    outbox.flush();
  }

  function authenticate(): void {
    const token = tokens.current;
    if (token) send({ type: 'auth', id: authId, token });
    else if (identity) send({ type: 'auth', id: authId, ...identity });
  }

  function ask(channel: OwnChannel): void {
    if (!isReady) return;
    if (asking) return void asking.add(channel);
    asking = new Set([channel]);
    queueMicrotask(askNow);
  }

  function askNow(): void {
    const all = [...(asking ?? [])];
    asking = undefined;
    for (let from = 0; isReady && from < all.length; from += channelsPerFrame) {
      const id = nextId();
      const some = all.slice(from, from + channelsPerFrame).filter(({ isWanted }) => isWanted);
      send({ type: 'subscribe', id, channels: some.map((channel) => channel.begin(id)) });
      send({ type: 'ping', id });
    }
  }

  function send(frame: ClientFrame): void {
    if (!isReady) return;
    // Another tab still reads it through this one.
    if (frame.type === 'unsubscribe' && tabs?.holds(frame.channel)) return;
    link?.send(frame);
  }

  function drop(): void {
    isReady = false;
    link = undefined;
    asking = undefined;
    for (const { reject } of requests.values()) reject(refusal({ code: 'network' }));
    requests.clear();
    for (const channel of channels.values()) channel.lost();
  }

  function ended({ code, reason, message, retryAfterMs }: LinkEnd): void {
    generation++;
    const known = closeNames[code];
    const fault: Fault = { code: known ?? (reason || 'network'), message };
    if (code === 1009) outbox.condemn(refusal({ code: 'payload_too_large', message }));
    if (code === 4002) tokens.forget();
    drop();
    tabs?.closed({ code, ...(reason !== undefined && { reason }) });
    if (reason !== undefined && isAboutToken(reason)) {
      dispatch({ type: 'denied', fault, renewable: tokens.renewable });
    } else dispatch({ type: 'closed', code, fault, afterMs: retryAfterMs });
  }

  // What the server says.

  function take(frame: IncomingFrame): void {
    dispatch({ type: 'frame', kind: kindOf(frame) });
    tabs?.heard(frame);
    const told = frame as ServerFrame;
    if (told.type === 'connected') {
      silenceMs = told.heartbeatMs;
      skewMs = Date.parse(told.timestamp) - environment.now();
    } else if (told.type === 'authenticated') {
      if (told.expiresAt !== undefined) tokens.expires(Date.parse(told.expiresAt) - skewMs);
    } else if (told.type === 'error') {
      takeError(told);
      return;
    }
    const request = 'id' in frame && typeof frame.id === 'string' ? requests.get(frame.id) : undefined;
    if (request) {
      requests.delete(String((frame as { id: string }).id));
      request.resolve(told);
    } else if (told.type === 'pong') {
      for (const channel of channels.values()) channel.caughtUp(String(told.id));
    } else if ('channel' in frame && frame.channel !== undefined) channels.get(frame.channel)?.take(frame);
  }

  function takeError(frame: Extract<ServerFrame, { type: 'error' }>): void {
    const { id, code, message, channel, retryAfterMs } = frame;
    const more = retryAfterMs === undefined ? {} : { retryAfterMs };
    if (isAboutToken(code) || id === authId) {
      const isPassing = refusal(frame).retry;
      const fault = { code, message };
      if (isPassing) dispatch({ type: 'tokenless', fault, forGood: false });
      else dispatch({ type: 'denied', fault, renewable: tokens.renewable });
      return;
    }
    const request = requests.get(String(id));
    if (request) {
      requests.delete(String(id));
      request.reject(refusal({ code, message, ...more }, channel));
    } else if (channel !== undefined && channels.has(channel)) channels.get(channel)?.take(frame);
    else if (typeof id !== 'string' || id.startsWith(prefix))
      fail(refusal({ code, message, ...more }, channel));
  }

  function nextId(): string {
    return `${prefix}-${++frames}`;
  }

  function request(frame: ClientFrame): Promise<ServerFrame> {
    if (!isReady) return Promise.reject(refusal({ code: 'network' }));
    const id = nextId();
    return new Promise((resolve, reject) => {
      requests.set(id, { resolve, reject });
      send({ ...frame, id });
    });
  }

  // What is shown.

  const shownTransport = () => (machine.follows ? 'tab' : (transports[machine.transport] ?? null));

  function changed(): void {
    shown = undefined;
    if (onState.size > 0) void onState.call(current());
  }

  function current(): ConnectionState {
    const { phase, fault, attempt, due, lastHeardAt } = machine;
    const isOpen = phase === 'open' || phase === 'checking';
    const isOpening = phase === 'opening' || phase === 'authorizing';
    shown ??= {
      status: isOpen ? 'connected' : isOpening ? 'connecting' : 'disconnected',
      transport: isOpen || isOpening ? shownTransport() : null,
      attempt,
      retryAt: phase === 'waiting' ? (due ?? null) : null,
      code: isOpen ? null : (fault?.code ?? null),
      reason: isOpen || !fault ? null : sentence(fault.code, fault.message, describe),
      lastHeardAt: lastHeardAt ?? null,
      pending: outbox.pending,
    };
    return shown;
  }

  // Parts.

  const tokens = createTokens(
    {
      environment,
      getToken: options.getToken,
      refreshed() {
        if (isReady && !machine.follows) authenticate();
      },
      refused: (fault) => dispatch({ type: 'tokenless', fault, forGood: true }),
    },
    options.token,
  );

  const outbox = createOutbox({
    environment,
    storage,
    isOpen: () => isReady,
    request,
    report,
    changed,
  });

  const channelHost = {
    environment,
    ask,
    send,
    request,
    publish: outbox.publish,
    report,
    refusal,
    fail,
    stored: (name: string) => positions.get(name),
    save(name: string, position: string) {
      if (!storage) return;
      positions.set(name, position);
      storage.set(`position/${name}`, position).catch((thrown) => report('storage_failed', thrown, name));
    },
  };

  function channelOf(name: string): OwnChannel {
    const channel = channels.get(name) ?? createChannel(channelHost, name);
    channels.set(name, channel);
    return channel;
  }

  /** Reads what an earlier life of the page left. A storage that fails leaves the client without a past. */
  function load(): Promise<unknown> | undefined {
    return storage
      ?.entries('position/')
      .then((entries) => {
        for (const [key, value] of entries) positions.set(key.slice('position/'.length), String(value));
        return outbox.load();
      })
      .catch((thrown: unknown) => report('storage_failed', thrown))
      .finally(() => {
        loaded = undefined;
      });
  }

  function start(): void {
    unlisten ??= environment.signals((signal) => {
      if (signal === 'wake') {
        tabs?.resume();
        tokens.check();
        dispatch({ type: 'wake' });
      } else {
        dispatch({ type: 'sleep', hangUp: signal === 'leave' });
        if (signal === 'leave') tabs?.pause();
      }
    });
    if (options.share && !tabs) {
      const scope = options.share === true ? url : `${url} ${options.share}`;
      tabs = parts.tabs?.({
        scope,
        environment,
        role: (follows) => dispatch({ type: 'role', follows }),
        forward: (frame) => link?.send(frame),
        isReady: () => isReady,
        transport: shownTransport,
        wants: (name) => channels.get(name)?.isWanted === true,
        present: (name) => channelOf(name).room.now,
      });
      if (tabs) dispatch({ type: 'role', follows: true });
    }
  }

  loaded = load();
  // Whoever only imports the client, or makes it on a server, opens nothing: connect() does.
  const client: Client = {
    get state() {
      return current();
    },
    outbox,
    connect() {
      if (isClosed) throw new TambuliError('closed', 'This client was closed: create another one.');
      start();
      dispatch({ type: 'connect' });
    },
    disconnect() {
      dispatch({ type: 'disconnect' });
      tabs?.pause();
    },
    close() {
      dispatch({ type: 'disconnect' });
      isClosed = true;
      dueTimer?.();
      probeTimer?.();
      tokens.close();
      outbox.close();
      unlisten?.();
      tabs?.close();
      for (const channel of channels.values()) channel.close();
    },
    setToken(token) {
      tokens.set(token);
      if (isReady && !machine.follows) authenticate();
      else if (machine.phase === 'stopped' || machine.phase === 'waiting') dispatch({ type: 'connect' });
    },
    on(event: 'state' | 'error', handler: (value: never) => void) {
      return event === 'state'
        ? onState.add(handler as (state: ConnectionState) => void)
        : onError.add(handler as (error: TambuliError) => void);
    },
    channel(name, given) {
      const channel = channelOf(name);
      if (given) channel.configure(given);
      return channel as never;
    },
    reached: (name, position) => channelOf(name).reached(position),
  };
  // The compiler alone knows the channels of a server.
  return client as unknown as Client<Channels>;
}

function kindOf(frame: IncomingFrame): 'greeting' | 'publication' | 'authenticated' | 'other' {
  if ('offset' in frame) return 'publication';
  if (frame.type === 'connected') return 'greeting';
  return frame.type === 'authenticated' ? 'authenticated' : 'other';
}
