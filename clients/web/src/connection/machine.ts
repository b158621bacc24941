import { type Fault, faults } from '../errors.ts';
import type { ServerFrame } from '../links/link.ts';
import * as Pause from '../pauses.ts';

/**
 * The life of the one connection as a pure function: (state, event) → (state, effects). It reads no clock and throws no
 * dice: both come with `Surroundings`. The table has a cell for every pair of phase and event, or it does not compile.
 */

export type TransportName = 'websocket' | 'sse' | 'poll';

/**
 * `idle`: nobody asked for a connection. `waiting`: for `due`. `authorizing`: for a token. `opening`: for the first frame.
 * `open`: frames come. `checking`: a ping waits for any frame. `sleeping`: the device is in the background. `stopped`: the
 * server, or `getToken`, said that coming back is of no use.
 */
export type Phase =
  | 'idle'
  | 'waiting'
  | 'authorizing'
  | 'opening'
  | 'open'
  | 'checking'
  | 'sleeping'
  | 'stopped';

export interface State {
  readonly phase: Phase;
  /** Index into the transports in use. */
  readonly transport: number;
  /** Attempts since a publication was delivered; the pauses grow with it. */
  readonly attempt: number;
  /** Connections in a row that died without a frame. */
  readonly silent: number;
  /** Streams in a row that ended within a second. */
  readonly brief: number;
  /** Refusals of the token in a row. */
  readonly denials: number;
  /** Whether this connection has delivered a frame beside the greeting. */
  readonly heard: boolean;
  readonly openedAt: number;
  readonly lastHeardAt?: number | undefined;
  /** When the phase ends by itself, on the wall clock. */
  readonly due?: number | undefined;
  /** When the first transport is tried beside this one. */
  readonly probeAt?: number | undefined;
  /** Checks in a row whose timer came too late to judge by. */
  readonly late: number;
  /** The device is in the background: a lost connection is not replaced. */
  readonly asleep: boolean;
  /** Another tab has the connection. */
  readonly follows: boolean;
  readonly fault?: Fault | undefined;
}

export type MachineEvent =
  | { readonly type: 'connect' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'token' }
  | { readonly type: 'tokenless'; readonly fault: Fault; readonly forGood: boolean }
  | { readonly type: 'frame'; readonly kind: ServerFrame['type'] | 'publication' | 'other' }
  /** The server does not take the token; `renewable`: another one can be had. */
  | { readonly type: 'denied'; readonly fault: Fault; readonly renewable: boolean }
  | {
      readonly type: 'closed';
      readonly code: number;
      readonly fault: Fault;
      readonly afterMs?: number | undefined;
    }
  | { readonly type: 'due' }
  | { readonly type: 'probe' }
  | { readonly type: 'adopt' }
  | { readonly type: 'wake' }
  | { readonly type: 'sleep'; readonly hangUp: boolean }
  | { readonly type: 'role'; readonly follows: boolean };

export type EventType = MachineEvent['type'];

/**
 * `token`: get one, then report. `dial`: open the transport. `hangUp`: close it. `ping`: ask for a frame. `probe`: try the
 * first transport beside the present one. `adopt`: make the probed one the connection. `dismiss`: close what was probed.
 * `forget`: the token is of no use.
 */
export type Effect = 'token' | 'dial' | 'hangUp' | 'ping' | 'probe' | 'adopt' | 'dismiss' | 'forget';

export interface Surroundings {
  /** Milliseconds on the wall clock. */
  readonly now: number;
  /** From 0 to 1, 1 excluded. */
  readonly random: number;
  readonly online: boolean;
  readonly transports: readonly TransportName[];
  /** Longest silence before the server is asked for a sign of life. */
  readonly silenceMs: number;
}

export type Step = readonly [State, ...Effect[]];
type Handler<T extends EventType> = (
  state: State,
  event: Extract<MachineEvent, { type: T }>,
  around: Surroundings,
) => Step;
type Row = { readonly [T in EventType]: Handler<T> };

export const initial: State = {
  phase: 'idle',
  transport: 0,
  attempt: 0,
  silent: 0,
  brief: 0,
  denials: 0,
  heard: false,
  openedAt: 0,
  late: 0,
  asleep: false,
  follows: false,
};

const stay = (state: State): Step => [state];
const rest = (state: State, phase: Phase, fault = state.fault): State => ({
  ...state,
  phase,
  fault,
  due: undefined,
  probeAt: undefined,
});

/** A follower has no token of its own to show: the tab that leads has. */
function begin(state: State, around: Surroundings, ...before: Effect[]): Step {
  if (state.follows) return dial(state, around, ...before);
  return [rest(state, 'authorizing'), ...before, 'token'];
}

function dial(state: State, { now }: Surroundings, ...before: Effect[]): Step {
  const due = state.follows ? undefined : now + Pause.dial;
  return [{ ...rest(state, 'opening'), heard: false, openedAt: now, due, late: 0 }, ...before, 'dial'];
}

function wait(
  state: State,
  fault: Fault,
  afterMs: number,
  { now }: Surroundings,
  ...effects: Effect[]
): Step {
  if (state.asleep) return [rest(state, 'sleeping', fault), ...effects];
  return [{ ...rest(state, 'waiting', fault), attempt: state.attempt + 1, due: now + afterMs }, ...effects];
}

const backoff = (attempt: number, { random }: Surroundings, cap: number = Pause.longest) =>
  Pause.floor + random * Math.min(cap, Pause.first * 2 ** Math.min(attempt, 20));

const lost: Handler<'closed'> = (state, { code, fault, afterMs }, around) => {
  if (code >= 4500 && code < 5000) return [rest(state, 'stopped', fault)];
  const { now, online, transports } = around;
  const spoke = state.heard || code >= 4000 || code === 1009 || state.follows;
  const isBrief = transports[state.transport] === 'sse' && code < 4000 && now - state.openedAt < Pause.brief;
  const silent = spoke || !online ? 0 : state.silent + 1;
  const brief = isBrief && state.heard ? state.brief + 1 : 0;
  const next = silent >= Pause.tries || brief >= Pause.tries;
  const moved = next
    ? { ...state, transport: (state.transport + 1) % transports.length, silent: 0, brief: 0 }
    : { ...state, silent, brief };
  const own = code === 1009 || code === 4002 ? Pause.floor : backoff(state.attempt, around);
  const pause = Math.max(
    own,
    code === 4009 ? Pause.crowded : 0,
    (afterMs ?? 0) + Pause.floor * around.random,
  );
  return wait(moved, fault, pause, around);
};

const denied: Handler<'denied'> = (state, { fault, renewable }, around) => {
  if (!renewable) return [rest(state, 'stopped', fault), 'hangUp', 'forget'];
  const pause = state.denials === 0 ? Pause.floor : backoff(state.denials, around, Pause.denied);
  return wait({ ...state, denials: state.denials + 1 }, fault, pause, around, 'hangUp', 'forget');
};

const tokenless: Handler<'tokenless'> = (state, { fault, forGood }, around) =>
  forGood
    ? [rest(state, 'stopped', fault), 'hangUp']
    : wait(state, fault, backoff(state.attempt, around), around);

const opened: Handler<'frame'> = (state, { kind }, { now, silenceMs, transports }) => {
  const alive: State = { ...state, lastHeardAt: now };
  if (kind === 'connected') return [alive];
  const isLower = state.transport > 0 && transports.length > 1 && !state.follows;
  return [
    {
      ...alive,
      phase: 'open',
      heard: true,
      silent: 0,
      late: 0,
      // A connection that answered after a whole silence has proven itself as well as a publication would.
      attempt:
        kind === 'publication' || (state.phase === 'checking' && now - state.openedAt > silenceMs)
          ? 0
          : state.attempt,
      denials: kind === 'authenticated' ? 0 : state.denials,
      fault: kind === 'publication' || kind === 'authenticated' ? undefined : state.fault,
      due: state.phase === 'open' ? state.due : now + silenceMs,
      probeAt: isLower ? (state.probeAt ?? now + Pause.probe) : undefined,
    },
  ];
};

const check = (state: State, { now }: Surroundings, answerMs: number, ...more: Effect[]): Step => [
  { ...state, phase: 'checking', due: now + answerMs },
  'ping',
  ...more,
];

const wakeOpen: Handler<'wake'> = (state, _event, around) => {
  const awake = { ...state, asleep: false };
  return state.probeAt === undefined
    ? check(awake, around, Pause.answer)
    : check({ ...awake, probeAt: around.now + Pause.probe }, around, Pause.answer, 'probe');
};

const probe: Handler<'probe'> = (state, _event, { now }) => [
  { ...state, probeAt: now + Pause.probe },
  'probe',
];
const adopt: Handler<'adopt'> = (state, _event, around) => {
  const [next] = dial({ ...state, transport: 0 }, around);
  return [next, 'adopt'];
};
const dismiss = (state: State): Step => [state, 'dismiss'];
const asleep = (state: State): State => ({ ...state, asleep: true });
const awake = (state: State): State => ({ ...state, asleep: false });
const toIdle = (state: State): Step => [rest(state, 'idle', undefined), 'hangUp', 'dismiss'];
const fallAsleep = (state: State): Step => [asleep(rest(state, 'sleeping'))];
/** An open connection stays open in the background, until it is lost or has to be given up. */
const sleepOpen: Handler<'sleep'> = (state, { hangUp }) =>
  hangUp ? [...fallAsleep(state), 'hangUp', 'dismiss'] : [asleep(state)];
const changeRole: Handler<'role'> = (state, { follows }, around) =>
  begin({ ...state, follows }, around, 'hangUp', 'dismiss');
const noteRole: Handler<'role'> = (state, { follows }) => [{ ...state, follows }];

/** No attempt is under way: what a former connection still reports is of no interest. */
const still = {
  disconnect: toIdle,
  token: stay,
  tokenless: stay,
  frame: stay,
  denied: stay,
  closed: stay,
  due: stay,
  probe: stay,
  adopt: dismiss,
  sleep: (state) => [asleep(state)],
  role: noteRole,
} as const satisfies Partial<Row>;

const startAgain: Handler<'connect'> = (state, _event, around) =>
  begin({ ...state, attempt: 0, denials: 0 }, around);
const goOn = (state: State, _event: unknown, around: Surroundings): Step => begin(awake(state), around);
const noteWake: Handler<'wake'> = (state) => [awake(state)];

/** There is a connection, or one is being opened. */
const linked = {
  connect: stay,
  disconnect: toIdle,
  token: stay,
  tokenless,
  frame: opened,
  denied,
  closed: lost,
  sleep: sleepOpen,
  role: changeRole,
} as const satisfies Partial<Row>;

const established = { ...linked, probe, adopt, wake: wakeOpen } as const satisfies Partial<Row>;

const table: { readonly [P in Phase]: Row } = {
  idle: { ...still, connect: startAgain, disconnect: stay, wake: noteWake },
  stopped: { ...still, connect: startAgain, wake: noteWake },
  sleeping: { ...still, connect: goOn, wake: goOn },
  waiting: {
    ...still,
    connect: goOn,
    due: goOn,
    // A refused token is refused again: its pause is not cut short by opening the page.
    wake: (state, event, around) => (state.denials > 1 ? [awake(state)] : goOn(state, event, around)),
    sleep: fallAsleep,
    role: changeRole,
  },
  authorizing: {
    ...still,
    connect: stay,
    token: (state, _event, around) => dial(state, around),
    tokenless,
    wake: noteWake,
    sleep: fallAsleep,
    role: changeRole,
  },
  opening: {
    ...linked,
    due(state, _event, around) {
      const [next, ...effects] = lost(state, { type: 'closed', code: 1006, fault: faults.noAnswer }, around);
      return [next, 'hangUp', ...effects];
    },
    probe: stay,
    adopt: dismiss,
    wake: noteWake,
  },
  open: {
    ...established,
    due(state, _event, around) {
      const { now, silenceMs } = around;
      const heardAt = state.lastHeardAt ?? state.openedAt;
      if (now - heardAt < silenceMs) return [{ ...state, due: heardAt + silenceMs }];
      return check(state, around, Pause.routine);
    },
  },
  checking: {
    ...established,
    due(state, _event, around) {
      // A timer that came late tells of a throttled or suspended page, not of the network: the question is asked again.
      const isLate = around.now - (state.due ?? 0) > Pause.late && state.late < 2;
      if (isLate) return check({ ...state, late: state.late + 1 }, around, Pause.answer);
      if (state.asleep) return [rest(state, 'sleeping', faults.noAnswer), 'hangUp'];
      return begin({ ...state, fault: faults.noAnswer, attempt: state.attempt + 1 }, around, 'hangUp');
    },
  },
};

export function step(state: State, event: MachineEvent, around: Surroundings): Step {
  // The table pairs each type with its own handler; the compiler cannot follow that through an index.
  const handler = table[state.phase][event.type] as Handler<EventType>;
  return handler(state, event, around);
}
