import { describe, expect, test } from 'bun:test';
import { initial, step } from '../../../../clients/web/src/connection/machine.ts';
import type {
  MachineEvent,
  Phase,
  State,
  Surroundings,
} from '../../../../clients/web/src/connection/states.ts';
import * as Pause from '../../../../clients/web/src/pauses.ts';
import { fc } from '../../../support/property.ts';

const around: Surroundings = {
  now: 1_000_000,
  random: 0.5,
  silenceMs: 25_000,
};
const fault = { code: 'network' };
const died: MachineEvent = { type: 'closed', code: 1006, fault };
const denied: MachineEvent = { type: 'refused', fault, forGood: false, isDenied: true };
const heard: MachineEvent = { type: 'frame', kind: 'other' };

/** The state after the events, each a second after the one before; what is due comes first. */
function after(
  events: readonly MachineEvent[],
  state: State = initial,
  more: Partial<Surroundings> = {},
): State {
  return events.reduce((current, event, n) => {
    const now = around.now + n * 1_000;
    return step(current, event, { ...around, ...more, now })[0];
  }, state);
}

const opening = after([{ type: 'connect' }, { type: 'token' }]);
const open = after([heard], opening);
const reopen: readonly MachineEvent[] = [{ type: 'due' }, { type: 'token' }];

describe('a pause', () => {
  test('is a random part of one that doubles, over a floor', () => {
    const pause = (attempt: number, random: number) => {
      const [next] = step({ ...open, attempt }, died, { ...around, random });
      return (next.due ?? 0) - around.now;
    };
    expect(pause(0, 0)).toBe(Pause.floor);
    expect(pause(3, 0.5)).toBe(Pause.floor + 0.5 * Pause.first * 8);
    expect(pause(30, 0.999)).toBeLessThanOrEqual(Pause.floor + Pause.longest);
  });

  test('grows until a publication was delivered', () => {
    const lost = after([died, ...reopen, heard, died, ...reopen, heard], open);
    expect(lost.attempt).toBe(2);
    expect(after([{ type: 'frame', kind: 'publication' }], lost).attempt).toBe(0);
  });

  test('after a refused token goes up to ten minutes, and a wake does not cut it short', () => {
    let state = open;
    for (let n = 0; n < 30; n++) {
      [state] = step(state, denied, { ...around, random: 0.999 });
      if (n < 29) state = after([...reopen, heard], state);
    }
    expect((state.due ?? 0) - around.now).toBeGreaterThan(0.99 * Pause.denied);
    expect(step(state, { type: 'wake' }, around)[0].phase).toBe('waiting');
    expect(step(state, { ...denied, forGood: true }, around)[0].phase).toBe('waiting');
  });

  test('after too many connections is a minute at least', () => {
    const [next] = step(open, { type: 'closed', code: 4009, fault }, { ...around, random: 0 });
    expect((next.due ?? 0) - around.now).toBe(Pause.crowded);
  });
});

describe('no decision is made by a timer alone:', () => {
  test('a silence is followed by a question, and only its silence by another connection', () => {
    const due = around.now + around.silenceMs;
    const [asking, ...asked] = step(open, { type: 'due' }, { ...around, now: due });
    expect([asking.phase, ...asked]).toEqual(['checking', 'ping']);
    const [next, ...effects] = step(asking, { type: 'due' }, { ...around, now: asking.due ?? 0 });
    expect([next.phase, ...effects]).toEqual(['authorizing', 'hangUp', 'token']);
  });

  test('a question whose timer was held back is put again, twice at most', () => {
    let [state] = step(open, { type: 'wake' }, around);
    const phases: Phase[] = [];
    for (let n = 0; n < 3; n++) {
      [state] = step(state, { type: 'due' }, { ...around, now: (state.due ?? 0) + 60_000 });
      phases.push(state.phase);
    }
    expect(phases).toEqual(['checking', 'checking', 'authorizing']);
  });

  test('a wake asks at once, and takes a silence for the end that leaves time to be caught up within three seconds', () => {
    const [state, ...effects] = step(open, { type: 'wake' }, around);
    expect(effects).toEqual(['ping']);
    expect((state.due ?? 0) - around.now).toBe(Pause.answer);
    expect(Pause.answer).toBeLessThan(3_000);
  });
});

describe('a connection for which no token can be had', () => {
  const opened: readonly MachineEvent[][] = [[], [heard], [heard, { type: 'wake' }]];
  const refused: MachineEvent = { type: 'refused', fault, forGood: false, isDenied: false };

  test('is hung up, also when another attempt follows', () => {
    for (const events of opened) {
      const [state, ...effects] = step(after(events, opening), refused, around);
      expect([state.phase, ...effects]).toEqual(['waiting', 'hangUp']);
    }
  });

  test('stays away where the user has to sign in', () => {
    const [state, ...effects] = step(open, { ...refused, forGood: true }, around);
    expect([state.phase, ...effects]).toEqual(['stopped', 'hangUp']);
    expect(step(state, { type: 'wake' }, around)[0].phase).toBe('stopped');
  });
});

const events: fc.Arbitrary<MachineEvent> = fc.oneof(
  fc.constantFrom<MachineEvent[]>(
    { type: 'connect' },
    { type: 'disconnect' },
    { type: 'token' },
    { type: 'due' },
    { type: 'restart' },
    { type: 'wake' },
    { type: 'sleep', hangUp: false },
    { type: 'sleep', hangUp: true },
    ...[false, true].flatMap((forGood) =>
      [false, true].map((isDenied) => ({ type: 'refused', fault, forGood, isDenied }) as const),
    ),
  ),
  fc
    .constantFrom('connected', 'publication', 'authenticated', 'other')
    .map((kind) => ({ type: 'frame', kind }) as const),
  fc
    .constantFrom(1000, 1006, 1009, 4001, 4002, 4003, 4009, 4010, 4499, 4500, 4999)
    .map((code) => ({ type: 'closed', code, fault }) as const),
);

describe('in every history of events', () => {
  test('a phase that waits has a time, and one that rests has none', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (history) => {
        const state = after(history);
        const { phase, due } = state;
        if (phase === 'waiting' || phase === 'checking' || phase === 'open') expect(due).toBeNumber();
        if (phase === 'opening') expect(due).toBeNumber();
        if (['idle', 'sleeping', 'stopped', 'authorizing'].includes(phase)) expect(due).toBeUndefined();
      }),
    );
  });

  test('there is one link at most, and none in a phase that has no connection', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (history) => {
        let state = initial;
        let links = 0;
        for (const event of history) {
          // The link of a connection reports its own end, and is gone by then.
          if (event.type === 'closed') links = 0;
          const [next, ...effects] = step(state, event, around);
          for (const effect of effects) {
            if (effect === 'hangUp') links = 0;
            if (effect === 'dial') links += 1;
          }
          expect(links).toBe(['opening', 'open', 'checking'].includes(next.phase) ? links : 0);
          expect(links).toBeLessThan(2);
          state = next;
        }
      }),
    );
  });

  test('nothing but the user brings a client back that the server sent away', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (history) => {
        let state = after([{ type: 'closed', code: 4503, fault }], open);
        for (const event of history) {
          if (event.type === 'connect' || event.type === 'disconnect') continue;
          const [next, ...effects] = step(state, event, around);
          expect(next.phase).toBe('stopped');
          expect(effects).not.toContain('dial');
          state = next;
        }
      }),
    );
  });

  test('a client in the background opens nothing', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (history) => {
        const [asleep] = step(after([died], open), { type: 'sleep', hangUp: false }, around);
        let state = asleep;
        for (const event of history.filter(({ type }) => !['wake', 'connect', 'disconnect'].includes(type))) {
          const [next, ...effects] = step(state, event, around);
          expect(effects).not.toContain('dial');
          expect(effects).not.toContain('token');
          state = next;
        }
      }),
    );
  });
});
