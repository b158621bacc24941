import { describe, expect, test } from 'bun:test';
import { initial, step } from '../../../../clients/web/src/connection/machine.ts';
import type { MachineEvent, State, Surroundings } from '../../../../clients/web/src/connection/states.ts';
import { corePlatform } from '../../../../clients/web/src/environment.ts';
import type { Link, LinkHost, TransportName } from '../../../../clients/web/src/links/link.ts';
import { createJudge, createProbe } from '../../../../clients/web/src/links/transports.ts';
import * as Pause from '../../../../clients/web/src/pauses.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const names: readonly TransportName[] = ['websocket', 'sse', 'poll'];
let isOnline = true;
let follows = false;
const around: Surroundings = {
  now: 1_000_000,
  random: 0.5,
  silenceMs: 25_000,
  judge: createJudge(
    names,
    () => isOnline,
    () => follows,
  ),
};
const fault = { code: 'network' };
const died: MachineEvent = { type: 'closed', code: 1006, fault };
const heard: MachineEvent = { type: 'frame', kind: 'other' };
const reopen: readonly MachineEvent[] = [{ type: 'due' }, { type: 'token' }];

/** The state after the events, each a while after the one before. */
function after(events: readonly MachineEvent[], state: State = initial, everyMs = 1_000): State {
  return events.reduce(
    (current, event, n) => step(current, event, { ...around, now: around.now + n * everyMs })[0],
    state,
  );
}
const times = (count: number, events: readonly MachineEvent[]) =>
  Array.from({ length: count }, () => events).flat();
const opening = after([{ type: 'connect' }, { type: 'token' }]);

describe('a transport is judged by the frames that it delivers:', () => {
  test('three connections that died without one lead to the next, and the last one to the first', () => {
    expect(after(times(2, [died, ...reopen]), opening).transport).toBe(0);
    expect(after(times(3, [died, ...reopen]), opening).transport).toBe(1);
    expect(after(times(3, [died, ...reopen]), { ...opening, transport: 2 }).transport).toBe(0);
  });

  test('a greeting is none: some proxies pass it and cut what follows', () => {
    const greeting: MachineEvent = { type: 'frame', kind: 'connected' };
    expect(after(times(3, [greeting, died, ...reopen]), opening).transport).toBe(1);
  });

  test('a good connection that is lost, a deploy or a refusal never changes it', () => {
    const deploy: MachineEvent = { type: 'closed', code: 4001, fault };
    for (const end of [[heard, died], [deploy], [{ type: 'closed', code: 4009, fault } as const]])
      expect(after(times(6, [...end, ...reopen]), opening).transport).toBe(0);
  });

  test('nothing is judged while the device is offline, or while another tab has the connection', () => {
    isOnline = false;
    expect(after(times(6, [died, ...reopen]), opening).transport).toBe(0);
    isOnline = true;
    follows = true;
    expect(after(times(6, [died, ...reopen]), opening).transport).toBe(0);
    follows = false;
  });

  test('a stream that ends within a second three times leads to polls', () => {
    const stream = { ...opening, transport: 1, openedAt: around.now };
    const brief = [heard, died, ...reopen];
    expect(after(times(2, brief), stream, 1).transport).toBe(1);
    expect(after(times(3, brief), stream, 1).transport).toBe(2);
    expect(after(times(3, brief), stream, 1_000).transport).toBe(1);
  });
});

/** A connection by the second transport, and the trials of the first one. */
function lower() {
  const clock = new ManualClock();
  const trials: { readonly host: LinkHost; isOpen: boolean }[] = [];
  const dispatched: string[] = [];
  let state: State = { ...initial, phase: 'open', transport: 1 };
  const environment = {
    ...corePlatform,
    after(ms: number, run: () => void) {
      const alarm = clock.after(ms, run);
      return () => alarm[Symbol.dispose]();
    },
  };
  const open = (host: LinkHost): Link => {
    const trial = { host, isOpen: true };
    trials.push(trial);
    return {
      send: () => undefined,
      close() {
        trial.isOpen = false;
      },
    };
  };
  const probe = createProbe(
    {
      url: 'http://server.test',
      environment,
      options: {},
      tokens: { current: undefined },
      state: () => state,
      dispatch: ({ type }) => dispatched.push(type),
    },
    open,
    () => false,
  );
  probe.changed();
  const be = (next: Partial<State>) => {
    state = { ...state, ...next };
    probe.changed();
  };
  return { clock, trials, dispatched, probe, be };
}

describe('on a lower transport', () => {
  test('the first one is tried every minute, and at a wake', () => {
    const { clock, trials, probe } = lower();
    clock.advance(Pause.probe - 1);
    expect(trials).toHaveLength(0);
    clock.advance(1);
    probe.wake();
    clock.advance(Pause.probe);
    expect(trials).toHaveLength(3);
    expect(trials.filter(({ isOpen }) => isOpen)).toHaveLength(1);
  });

  test('one that only greets is none, and one that answered becomes the connection', () => {
    const { trials, dispatched, probe } = lower();
    probe.wake();
    const { host } = trials[0] as { host: LinkHost };
    host.ready();
    const timestamp = new Date().toISOString();
    host.frame({ type: 'connected', clientId: 'c', timestamp, protocol: 'tambuli.v1', heartbeatMs: 25_000 });
    expect(dispatched).toEqual([]);
    host.frame({ type: 'pong', timestamp });
    expect(dispatched).toEqual(['restart']);
    expect(trials[0]?.isOpen).toBeFalse();
    const [next, ...effects] = step({ ...opening, transport: 1 }, { type: 'restart' }, around);
    expect([next.phase, next.transport, ...effects]).toEqual(['authorizing', 0, 'hangUp', 'token']);
  });

  test('trials end with the connection, and on the first transport there are none', () => {
    const { clock, trials, probe, be } = lower();
    probe.wake();
    be({ phase: 'waiting' });
    expect(trials[0]?.isOpen).toBeFalse();
    be({ phase: 'open', transport: 0 });
    probe.wake();
    clock.advance(10 * Pause.probe);
    expect(trials).toHaveLength(1);
  });
});
