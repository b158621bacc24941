import { type Fault, faults, TambuliError } from '../errors.ts';
import type { ClientFrame, IncomingFrame, Link, LinkHost, OpenLink, ServerFrame } from '../links/link.ts';
import type { Tabs } from '../tabs/tabs.ts';
import type { ClientOptions, Environment, Undo } from '../types.ts';
import { initial, type MachineEvent, type State, step, type TransportName } from './machine.ts';
import { createTokens, tokenFault } from './tokens.ts';

export interface ConnectionHost {
  readonly url: string;
  readonly environment: Environment;
  readonly options: ClientOptions;
  /** In the order of preference, where the options tell none. */
  readonly links: { readonly [Name in TransportName]?: OpenLink };
  /** Before the first connection: what an earlier life of the page left. */
  load(): Promise<unknown> | undefined;
  tabs(): Tabs | undefined;
  /** The connection can carry frames, and who we are has been said. */
  ready(): void;
  frame(frame: IncomingFrame): void;
  /** The connection is gone. */
  lost(code: number, fault: Fault): void;
  changed(): void;
  fail(error: TambuliError): void;
}

const silenceMs = 25_000;

/** The one connection: carries out what the machine decides, and tells it what happens. */
export function createConnection(host: ConnectionHost) {
  const { environment, options, links } = host;
  const { identity, transports: wished = Object.keys(links) as TransportName[] } = options;
  const transports = wished.filter((name) => links[name]);
  const linkAt = (index: number) => links[transports[index] as TransportName];
  const prefix = environment.id().slice(0, 8);
  const authId = `${prefix}-auth`;
  const requests = new Map<
    unknown,
    { resolve(frame: ServerFrame): void; reject(error: TambuliError): void }
  >();

  let state: State = initial;
  let link: Link | undefined;
  let probed: Link | undefined;
  /** The generation of the link; messages of a former one are dropped. */
  let generation = 0;
  let isReady = false;
  let around = { silenceMs, transports };
  /** The lead of the server's clock over ours. Milliseconds. */
  let skewMs = 0;
  let frames = 0;
  const timers: { due?: Undo | undefined; probe?: Undo | undefined } = {};

  const tokens = createTokens(environment, options, authenticate, tokenless);

  function dispatch(event: MachineEvent): void {
    const before = state;
    const [next, ...effects] = step(before, event, {
      ...around,
      now: environment.now(),
      random: environment.random(),
      online: environment.online(),
    });
    state = next;
    if (next.due !== before.due) arm('due', next.due);
    if (next.probeAt !== before.probeAt) arm('probe', next.probeAt);
    for (const effect of effects) perform[effect]();
    if (next.phase === before.phase && next.fault === before.fault && next.due === before.due) return;
    host.changed();
    if (next.phase === 'stopped' && next.fault) host.fail(new TambuliError(next.fault));
  }

  /** An error of `getToken` has a status only where the user has to sign in. */
  function tokenless(fault: Fault, forGood = fault.status !== undefined): void {
    dispatch({ type: 'tokenless', fault, forGood });
  }

  const denied = (fault: Fault) => dispatch({ type: 'denied', fault, renewable: tokens.renewable });

  function arm(type: 'due' | 'probe', at: number | undefined): void {
    timers[type]?.();
    timers[type] = at
      ? environment.after(Math.max(0, at - environment.now()), () => dispatch({ type }))
      : undefined;
  }

  const perform = {
    async token() {
      try {
        await host.load();
        await tokens.get();
        dispatch({ type: 'token' });
      } catch (thrown) {
        tokenless(tokenFault(thrown));
      }
    },
    dial() {
      drop(faults.network);
      const mine = ++generation;
      const open = state.follows ? host.tabs()?.open : linkAt(state.transport);
      link = open?.(linkHost(() => mine === generation));
    },
    hangUp() {
      generation++;
      link?.close();
      drop(faults.network);
    },
    ping() {
      send({ type: 'ping', id: nextId() });
    },
    probe() {
      const open = linkAt(0);
      if (!open || probed) return;
      const mine: Link = open({
        ...linkHost(() => false),
        // A greeting proves little: some proxies pass one and cut what follows.
        ready: () => mine.send({ type: 'ping' }),
        frame({ type }) {
          if (type === 'pong') dispatch({ type: 'adopt' });
        },
        closed() {
          if (probed === mine) probed = undefined;
        },
      });
      probed = mine;
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
    forget: tokens.forget,
  };

  function linkHost(isCurrent: () => boolean): LinkHost {
    const current =
      <Args extends readonly unknown[]>(run: (...args: Args) => void) =>
      (...args: Args) => {
        if (isCurrent()) run(...args);
      };
    return {
      url: host.url,
      environment,
      pollIntervalMs: options.pollIntervalMs ?? 30_000,
      token: () => tokens.current,
      identity,
      alive: current(() => dispatch({ type: 'frame', kind: 'other' })),
      ready: current(() => {
        isReady = true;
        authenticate();
        host.ready();
        host.tabs()?.opened();
      }),
      frame: current(take),
      closed: current((code, fault = faults.network) => {
        generation++;
        drop(fault, code);
        if (code === 4002 || fault.status === 401) tokens.forget();
        if (fault.status === 401) denied(fault);
        else dispatch({ type: 'closed', code, fault, afterMs: fault.retryAfterMs });
      }),
    };
  }

  function drop(fault: Fault, code = 1006): void {
    if (!link) return;
    isReady = false;
    link = undefined;
    host.lost(code, fault);
    for (const { reject } of requests.values()) reject(new TambuliError(fault));
    requests.clear();
    host.tabs()?.closed(code, fault);
  }

  function authenticate(): void {
    const token = tokens.current;
    if (state.follows || !(token || identity)) return;
    send({ type: 'auth', id: authId, ...(token ? { token } : identity) });
  }

  function send(frame: ClientFrame): void {
    if (isReady) link?.send(frame);
  }

  function take(frame: IncomingFrame): void {
    const { type, id } = frame as ServerFrame & { id?: unknown };
    const isPublication = 'offset' in frame;
    const told = frame as ServerFrame;
    if (!isPublication && told.type === 'connected') {
      around = { ...around, silenceMs: told.heartbeatMs };
      skewMs = Date.parse(told.timestamp) - environment.now();
    }
    dispatch({ type: 'frame', kind: isPublication ? 'publication' : type });
    host.tabs()?.heard(frame);
    const request = requests.get(id);
    requests.delete(id);
    if (isPublication) host.frame(frame);
    else if (told.type === 'authenticated') {
      if (told.expiresAt && !state.follows) tokens.expires(Date.parse(told.expiresAt) - skewMs);
    } else if (told.type === 'error' && (told.status === 401 || id === authId)) {
      // The tab that leads shows its token; the others wait for it.
      if (state.follows) return;
      if ((told.status ?? 401) < 429) denied(told);
      else tokenless(told, false);
    } else if (!request) host.frame(frame);
    else if (told.type === 'error') request.reject(new TambuliError(told));
    else request.resolve(told);
  }

  const nextId = () => `${prefix}-${++frames}`;

  return {
    dispatch,
    tokens,
    nextId,
    send,
    authenticate,
    state: () => state,
    isReady: () => isReady,
    transport: () => (state.follows ? 'tab' : (transports[state.transport] ?? null)),
    /** Whether this client put the id into a frame. */
    isOwn: (id: unknown) => String(id).startsWith(prefix),
    request(frame: ClientFrame): Promise<ServerFrame> {
      if (!isReady) return Promise.reject(new TambuliError(faults.network));
      const id = nextId();
      return new Promise((resolve, reject) => {
        requests.set(id, { resolve, reject });
        send({ ...frame, id });
      });
    },
    close(): void {
      dispatch({ type: 'disconnect' });
      tokens.close();
    },
  };
}
