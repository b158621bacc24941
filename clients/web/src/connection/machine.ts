import { faults } from '../errors.ts';
import * as Pause from '../pauses.ts';
import type { Effect, EventType, MachineEvent, Phase, State, Surroundings } from './states.ts';

/**
 * The life of the one connection as a pure function: (state, event) → (state, effects). It reads no clock and throws no
 * dice: both come with `Surroundings`. The table has a cell for every pair of phase and event, or it does not compile.
 */

type Change = Partial<State>;
/** The fields that change, and the effects in their order. */
type Move = readonly [Change, ...Effect[]];
type Handler<T extends EventType> = (
  state: State,
  event: Extract<MachineEvent, { type: T }>,
  around: Surroundings,
) => Move;
/** The content of the event does not matter. */
type Plain = (state: State, event: unknown, around: Surroundings) => Move;
type Row = { readonly [T in EventType]: Handler<T> };

export const initial: State = { phase: 'idle', transport: 0, attempt: 0, denials: 0, late: 0, openedAt: 0 };

/** A phase that does not end by itself. */
const rest = (phase: Phase, change?: Change): Change => ({ ...change, phase, due: undefined });

const begin = (change?: Change, ...before: Effect[]): Move => [
  rest('authorizing', change),
  ...before,
  'token',
];

const wait = (
  { asleep, attempt }: State,
  change: Change,
  afterMs: number,
  { now }: Surroundings,
  ...effects: Effect[]
): Move => [
  asleep
    ? rest('sleeping', change)
    : { ...change, phase: 'waiting', attempt: attempt + 1, due: now + afterMs },
  ...effects,
];

const stay: Plain = () => [{}];
const startAgain: Plain = () => begin({ attempt: 0, denials: 0, asleep: false });
const goOn: Plain = () => begin({ asleep: false });
const restart: Plain = () => begin({ transport: 0 }, 'hangUp');
const noteWake: Plain = () => [{ asleep: false }];
const noteSleep: Plain = () => [{ asleep: true }];
const fallAsleep: Plain = () => [rest('sleeping', { asleep: true }), 'hangUp'];
const disconnect: Plain = () => [rest('idle', { fault: undefined }), 'hangUp'];

const closed: Handler<'closed'> = (state, event, around) => {
  const { code, fault } = event;
  if (code >= 4500 && code < 5000) return [rest('stopped', { fault })];
  const { now, random, judge } = around;
  const pause = Math.max(
    Pause.before(state.attempt, random),
    code === 4009 ? Pause.crowded : 0,
    (fault.retryAfterMs ?? 0) + Pause.floor * random,
  );
  return wait(state, { ...judge?.(state, event, now), fault }, pause, around);
};

/** A connection that is open is given up as well, since nobody could renew its token. */
const refused: Handler<'refused'> = (state, { fault, forGood, isDenied }, around) => {
  if (forGood) return [rest('stopped', { fault }), 'hangUp'];
  const denials = state.denials + Number(isDenied);
  const pause = isDenied
    ? Pause.before(denials, around.random, Pause.denied)
    : Pause.before(state.attempt, around.random);
  return wait(state, { fault, denials }, pause, around, 'hangUp');
};

const frame: Handler<'frame'> = ({ phase, openedAt, due }, { kind }, { now, silenceMs }) => {
  if (kind === 'connected') return [{ lastHeardAt: now }];
  const isIdentified = kind === 'authenticated';
  const isDelivered = kind === 'publication';
  return [
    {
      phase: 'open',
      heard: true,
      lastHeardAt: now,
      late: 0,
      due: phase === 'open' ? due : now + silenceMs,
      // A connection that answered after a whole silence has proven itself as well as a publication would.
      ...((isDelivered || (phase === 'checking' && now - openedAt > silenceMs)) && { attempt: 0 }),
      ...(isIdentified && { denials: 0 }),
      ...((isDelivered || isIdentified) && { fault: undefined }),
    },
  ];
};

const check = ({ now }: Surroundings, answerMs: number, change?: Change): Move => [
  { ...change, phase: 'checking', due: now + answerMs },
  'ping',
];

/** No attempt is under way: what a former connection still reports is of no interest. */
const still: Row = {
  connect: startAgain,
  disconnect,
  token: stay,
  refused: stay,
  frame: stay,
  closed: stay,
  due: stay,
  restart: stay,
  wake: noteWake,
  sleep: noteSleep,
};

/** An attempt is due, or under way. */
const trying: Row = { ...still, restart, sleep: fallAsleep };

/** There is a connection, or one is being opened. */
const linked: Row = {
  ...trying,
  connect: stay,
  refused,
  frame,
  closed,
  // An open connection stays open in the background, until it is lost or has to be given up.
  sleep: (state, event, around) => (event.hangUp ? fallAsleep : noteSleep)(state, event, around),
};

const established: Row = {
  ...linked,
  wake: (_state, _event, around) => check(around, Pause.answer, { asleep: false }),
};

const table: { readonly [P in Phase]: Row } = {
  idle: still,
  stopped: still,
  sleeping: { ...still, wake: goOn },
  waiting: {
    ...trying,
    due: goOn,
    // A refused token is refused again: its pause is not cut short by opening the page.
    wake: (state, event, around) => (state.denials > 1 ? noteWake : goOn)(state, event, around),
  },
  authorizing: {
    ...trying,
    connect: stay,
    token: (_state, _event, { now, follows }) => [
      {
        phase: 'opening',
        heard: false,
        late: 0,
        openedAt: now,
        due: follows ? undefined : now + Pause.dial,
      },
      'dial',
    ],
    refused,
  },
  opening: {
    ...linked,
    due(state, _event, around) {
      const [change, ...effects] = closed(
        state,
        { type: 'closed', code: 1006, fault: faults.noAnswer },
        around,
      );
      return [change, 'hangUp', ...effects];
    },
  },
  open: {
    ...established,
    due({ lastHeardAt = 0 }, _event, around) {
      const due = lastHeardAt + around.silenceMs;
      return around.now < due ? [{ due }] : check(around, Pause.routine);
    },
  },
  checking: {
    ...established,
    due({ due = 0, late, asleep, attempt }, _event, around) {
      // A timer that came late tells of a throttled or suspended page, not of the network: the question is asked again.
      if (around.now - due > Pause.late && late < 2) return check(around, Pause.answer, { late: late + 1 });
      const fault = faults.noAnswer;
      if (asleep) return [rest('sleeping', { fault }), 'hangUp'];
      return begin({ fault, attempt: attempt + 1 }, 'hangUp');
    },
  },
};

export function step(state: State, event: MachineEvent, around: Surroundings): readonly [State, ...Effect[]] {
  // The table pairs each type with its own handler; the compiler cannot follow that through an index.
  const [change, ...effects] = table[state.phase][event.type](state, event as never, around);
  return [{ ...state, ...change }, ...effects];
}
