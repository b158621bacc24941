import { describe, expect, test } from 'bun:test';
import {
  initial,
  type MachineEvent,
  type Phase,
  type State,
  type Surroundings,
  step,
} from '../../../clients/web/src/connection/machine.ts';
import * as Pause from '../../../clients/web/src/pauses.ts';
import { fc } from '../../support/property.ts';

const around: Surroundings = {
  now: 1_000_000,
  random: 0.5,
  online: true,
  transports: ['websocket', 'sse', 'poll'],
  silenceMs: 25_000,
};
const fault = { code: 'network' };
const died: MachineEvent = { type: 'closed', code: 1006, fault };
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

describe('a transport is judged by the frames that it delivers:', () => {
  test('three connections that died without one lead to the next', () => {
    expect(after([died, ...reopen, died, ...reopen], opening).transport).toBe(0);
    expect(after([died, ...reopen, died, ...reopen, died], opening).transport).toBe(1);
  });

  test('a greeting is none: some proxies pass it and cut what follows', () => {
    const greeting: MachineEvent = { type: 'frame', kind: 'connected' };
    const events = [greeting, died, ...reopen, greeting, died, ...reopen, greeting, died];
    expect(after(events, opening).transport).toBe(1);
  });

  test('a good connection that is lost, a deploy or a refusal never changes it', () => {
    const deploy: MachineEvent = { type: 'closed', code: 4001, fault };
    for (const end of [[heard, died], [deploy], [{ type: 'closed', code: 4009, fault } as const]]) {
      const events = Array.from({ length: 6 }, () => [...end, ...reopen]).flat();
      expect(after(events, opening).transport).toBe(0);
    }
  });

  test('nothing is judged while the device is offline', () => {
    const events = Array.from({ length: 6 }, () => [died, ...reopen]).flat();
    expect(after(events, opening, { online: false }).transport).toBe(0);
  });

  test('a stream that ends within a second three times leads to polls', () => {
    const brief = (state: State): State => {
      const [heardOf] = step(state, heard, around);
      const [lost] = step(heardOf, died, around);
      return after(reopen, lost);
    };
    const stream = { ...opening, transport: 1, openedAt: around.now };
    const once = brief(stream);
    expect(once.transport).toBe(1);
    expect(brief({ ...brief({ ...once, openedAt: around.now }), openedAt: around.now }).transport).toBe(2);
  });
});

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
      [state] = step(state, { type: 'denied', fault, renewable: true }, { ...around, random: 0.999 });
      if (n < 29) state = after([...reopen, heard], state);
    }
    expect((state.due ?? 0) - around.now).toBeGreaterThan(0.99 * Pause.denied);
    expect(step(state, { type: 'wake' }, around)[0].phase).toBe('waiting');
    expect(step(state, { type: 'denied', fault, renewable: false }, around)[0].phase).toBe('waiting');
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

describe('on a lower transport', () => {
  const lower = after([heard], { ...opening, transport: 1 });

  test('the first one is tried every minute, and at a wake', () => {
    expect(step(lower, { type: 'probe' }, around).slice(1)).toEqual(['probe']);
    expect(lower.probeAt).toBe(around.now + Pause.probe);
    expect(step(lower, { type: 'wake' }, around).slice(1)).toEqual(['ping', 'probe']);
  });

  test('what answered becomes the connection', () => {
    const [next, ...effects] = step(lower, { type: 'adopt' }, around);
    expect([next.phase, next.transport, ...effects]).toEqual(['opening', 0, 'adopt']);
  });
});

const events: fc.Arbitrary<MachineEvent> = fc.oneof(
  fc.constantFrom<MachineEvent[]>(
    { type: 'connect' },
    { type: 'disconnect' },
    { type: 'token' },
    { type: 'due' },
    { type: 'probe' },
    { type: 'adopt' },
    { type: 'wake' },
    { type: 'sleep', hangUp: false },
    { type: 'sleep', hangUp: true },
    { type: 'role', follows: true },
    { type: 'role', follows: false },
    { type: 'tokenless', fault, forGood: false },
    { type: 'tokenless', fault, forGood: true },
    { type: 'denied', fault, renewable: true },
    { type: 'denied', fault, renewable: false },
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
        const { phase, due, follows, transport, probeAt } = state;
        if (phase === 'waiting' || phase === 'checking' || phase === 'open') expect(due).toBeNumber();
        if (phase === 'opening' && !follows) expect(due).toBeNumber();
        if (['idle', 'sleeping', 'stopped', 'authorizing'].includes(phase)) expect(due).toBeUndefined();
        if (probeAt !== undefined) expect(transport).toBeGreaterThan(0);
        expect(transport).toBeWithin(0, around.transports.length);
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
