import type { Settled } from '../../../../src/protocol/wire/frame-types.ts';
import type { CoreEnvironment, CoreOptions } from '../core-types.ts';
import { type Fault, faults, TambuliError } from '../errors.ts';
import type { ClientFrame, IncomingFrame, Link, OpenLink, ServerFrame } from '../links/link.ts';
import { createAlarm } from './alarm.ts';
import { initial, step } from './machine.ts';
import type { MachineEvent, State, Surroundings } from './states.ts';
import { createTokens, tokenFault } from './tokens.ts';

export interface ConnectionHost {
  readonly url: string;
  readonly environment: CoreEnvironment;
  readonly options: CoreOptions;
  /** Begins every id of a frame. */
  readonly prefix?: string;
  /** Returns the transport for a new connection. */
  open(state: State): OpenLink | undefined;
  /** Before a token is asked for. True: another tab shows its own. */
  load?(): Promise<boolean>;
  around?(): Pick<Surroundings, 'follows' | 'judge'>;
  /** The settled positions for a ping; empty where they are no news to the server. */
  told?(): Settled | '';
  /** The connection can carry frames, and who we are has been said. */
  ready(): void;
  frame(frame: IncomingFrame): void;
  /** The connection is gone. */
  lost(code: number, fault: Fault): void;
  changed(): void;
  fail(error: TambuliError): void;
}

/** The one connection: carries out what the machine decides, and tells it what happens. */
export function createConnection(host: ConnectionHost) {
  const { environment, options, prefix = '' } = host;
  const { now, random, after } = environment;
  const { identity } = options;
  const authId = `${prefix}auth`;

  let state = initial;
  let link: Link | undefined;
  /** The generation of the link; messages of a former one are dropped. */
  let generation = 0;
  let isReady = false;
  let silenceMs = 25_000;
  /** The lead of the server's clock over ours. Milliseconds. */
  let skewMs = 0;
  let frames = 0;

  const alarm = createAlarm(environment, () => dispatch({ type: 'due' }));
  const tokens = createTokens(environment, options, authenticate, tokenless);

  function dispatch(event: MachineEvent): void {
    const before = state;
    const around = { now: now(), random: random(), silenceMs, ...host.around?.() };
    const [next, ...effects] = step(before, event, around);
    state = next;
    const { phase, fault, due } = next;
    if (due !== before.due) alarm(due);
    for (const effect of effects) perform[effect]();
    if (phase === before.phase && fault === before.fault && due === before.due) return;
    host.changed();
    if (phase === 'stopped' && fault) host.fail(new TambuliError(fault));
  }

  function refused(fault: Fault, isDenied: boolean, forGood: boolean): void {
    if (isDenied) tokens.forget();
    dispatch({ type: 'refused', fault, isDenied, forGood });
  }

  /** An error of `getToken` has a status only where the user has to sign in. */
  function tokenless(fault: Fault): void {
    refused(fault, false, !!fault.status);
  }

  const denied = (fault: Fault) => refused(fault, true, !tokens.renewable);

  const perform = {
    async token() {
      try {
        if (!(await host.load?.())) await tokens.get();
        dispatch({ type: 'token' });
      } catch (thrown) {
        tokenless(tokenFault(thrown));
      }
    },
    dial() {
      hangUp();
      const mine = generation;
      const current =
        <Args extends readonly unknown[]>(run: (...args: Args) => void) =>
        (...args: Args) => {
          if (mine === generation) run(...args);
        };
      const closed = current((code: number, fault: Fault = faults.network) => {
        hangUp(fault, code);
        if (code === 4002) tokens.forget();
        if (fault.status === 401) denied(fault);
        else dispatch({ type: 'closed', code, fault });
      });
      link = host.open(state)?.({
        ...self,
        ready: current(() => {
          isReady = true;
          authenticate();
          host.ready();
        }),
        frame: current((frame) => {
          // The process is about to end, and this is when it is our turn to come back.
          if ('afterMs' in frame) after(frame.afterMs, () => closed(4001));
          else take(frame);
        }),
        closed,
      });
    },
    hangUp,
    ping() {
      send({ type: 'ping', id: nextId(), ...host.told?.() });
    },
  };

  function hangUp(fault: Fault = faults.network, code = 1006): void {
    generation++;
    link?.close();
    isReady = false;
    if (!link) return;
    link = undefined;
    host.lost(code, fault);
  }

  function authenticate(): void {
    const token = tokens.current;
    if (token || identity) send({ type: 'auth', id: authId, ...(token ? { token } : identity) });
  }

  function send(frame: ClientFrame): void {
    if (isReady) link?.send(frame);
  }

  function take(frame: IncomingFrame): void {
    const { type, id, status } = frame as ServerFrame & { id?: unknown; status?: number };
    const isPublication = 'offset' in frame;
    if ('heartbeatMs' in frame) {
      silenceMs = frame.heartbeatMs;
      skewMs = Date.parse(frame.timestamp) - now();
    }
    dispatch({ type: 'frame', kind: isPublication ? 'publication' : type });
    if (isPublication) host.frame(frame);
    else if ('expiresAt' in frame) tokens.expires(Date.parse(frame.expiresAt) - skewMs);
    else if (type === 'error' && (status === 401 || id === authId)) {
      if ((status ?? 401) < 429) denied(frame as Fault);
      else refused(frame as Fault, false, false);
    } else host.frame(frame);
  }

  const nextId = () => prefix + ++frames;

  const self = {
    ...host,
    dispatch,
    tokens,
    nextId,
    send,
    authenticate,
    state: () => state,
    isReady: () => isReady,
  };
  return self;
}
