import { expect, test } from 'bun:test';
import { Idleness } from '../../src/lib/idleness.ts';
import { ManualClock } from '../support/manual-clock.ts';

function createSubject(sleepMs: number) {
  const clock = new ManualClock();
  const happened: string[] = [];
  const caughtUp = Promise.withResolvers<void>();
  const served = { sessions: 0 };
  const idleness = new Idleness({
    clock,
    sleepMs,
    sessions: () => served.sessions,
    onServed: () => happened.push('served'),
    onAsleep: () => happened.push('asleep'),
    onAwake: () => {
      happened.push('awake');
      return caughtUp.promise;
    },
  });
  return { clock, happened, caughtUp, served, idleness };
}

test('a process sleeps when nobody was served for so long, and never while it has a session', () => {
  const { clock, happened, served, idleness } = createSubject(60_000);
  served.sessions = 1;
  clock.advance(600_000);
  served.sessions = 0;
  clock.advance(50_000);
  idleness.touch();
  clock.advance(50_000);
  expect(idleness.isAsleep).toBe(false);
  clock.advance(20_000);
  expect(idleness.isAsleep).toBe(true);
  expect(happened).toEqual(['served', 'asleep']);
});

test('a process that may not sleep never does, and is slow in its regular work alone', () => {
  const { clock, happened, idleness } = createSubject(0);
  let turns = 0;
  idleness.clock.every(1_000, () => turns++);
  clock.advance(29_000);
  expect(turns).toBe(29);
  clock.advance(3_600_000);
  expect(turns).toBeWithin(29 + 899, 29 + 903);
  expect(happened).toEqual([]);
});

test('timers of a sleeping process stand still; those that came due run when it wakes, unless disposed', () => {
  const { clock, idleness } = createSubject(10_000);
  const ran: string[] = [];
  const { clock: resting } = idleness;
  resting.every(1_000, () => ran.push('every'));
  clock.advance(20_000);
  ran.length = 0;
  resting.after(5_000, () => ran.push('after'));
  const disposed = resting.after(5_000, () => ran.push('disposed'));
  clock.advance(60_000);
  expect(ran).toEqual([]);
  disposed[Symbol.dispose]();
  void idleness.wake();
  expect(ran).toEqual(['after']);
  clock.advance(1_000);
  expect(ran).toEqual(['after', 'every']);
});

test('all who come while it wakes wait for the same catching up', async () => {
  const { clock, happened, caughtUp, idleness } = createSubject(10_000);
  clock.advance(20_000);
  const first = idleness.wake();
  const second = idleness.wake();
  expect([idleness.isAsleep, idleness.isAwake]).toEqual([false, false]);
  caughtUp.resolve();
  await Promise.all([first, second]);
  expect(idleness.isAwake).toBe(true);
  expect(happened).toEqual(['asleep', 'awake']);
});

test('an alarm wakes the process, and runs when it has caught up', async () => {
  const { clock, happened, caughtUp, idleness } = createSubject(10_000);
  const rung = Promise.withResolvers<void>();
  idleness.alarm(60_000, () => {
    happened.push('rung');
    rung.resolve();
  });
  clock.advance(60_000);
  expect(happened).toEqual(['asleep', 'awake']);
  caughtUp.resolve();
  await rung.promise;
  expect(happened).toEqual(['asleep', 'awake', 'rung']);
});

test('what listens is told of each sleep, and waits for its end or its own', async () => {
  const { clock, caughtUp, idleness } = createSubject(10_000);
  const { falling } = idleness;
  clock.advance(20_000);
  expect(falling.aborted).toBe(true);
  const ending = new AbortController();
  const ended = idleness.awake(ending.signal);
  ending.abort();
  await ended;
  const awake = idleness.awake(new AbortController().signal);
  caughtUp.resolve();
  await Promise.all([idleness.wake(), awake]);
  expect(idleness.falling.aborted).toBe(false);
});
