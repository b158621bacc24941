import { expect, test } from 'bun:test';
import { createPostgresBroker } from '../../src/brokers/postgres.ts';
import { RollCall } from '../../src/brokers/roll-call.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { connectMember, publication } from '../support/services/bus.ts';
import { until } from '../support/until.ts';

/** A clock that a test moves, and whose long pauses are over only when something ends them. */
function createClock() {
  let moved = 0;
  let paused = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + moved,
    after(ms, run) {
      if (ms < 100 || ms > 1_000) return systemClock.after(ms, run);
      paused++;
      return { [Symbol.dispose]: () => undefined };
    },
  };
  return {
    clock,
    passSilence: () => {
      moved += 60_000;
    },
    paused: (times: number) => until(() => paused === times),
  };
}

const createId = () => Bun.randomUUIDv7();

test('a process is alone from a question until it hears of another one', () => {
  const { clock, passSilence } = createClock();
  const [a, b] = [new RollCall(clock, 'a'), new RollCall(clock, 'b')];
  expect([a.ask(), a.isAlone]).toEqual([undefined, false]);
  passSilence();
  const question = a.ask();
  expect(question).toBeDefined();
  expect([a.ask(), a.isAlone]).toEqual([undefined, true]);
  const reply = b.heard(question);
  expect(reply).toBeDefined();
  expect([a.heard(reply), a.isAlone]).toEqual([undefined, false]);
});

test('a process that is alone announces seldom, until it hears of another one', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const { query } = database;
  const { clock, passSilence, paused } = createClock();
  const log = createLogger('silent');
  const connect = (of: Clock) =>
    createPostgresBroker({ listenUrl: target.url, driver: 'tcp', query, log, clock: of, createId });
  await using a = await connectMember(connect(clock));
  passSilence();
  a.broker.announce([publication('news', 1)]);
  await paused(1);
  a.broker.announce([publication('news', 2)]);
  await using b = await connectMember(connect(systemClock));
  await b.joined('news');
  b.broker.announce([publication('cases', 1)]);
  await b.hears(publication('news', 2));
  // The reply to the next question ends the pause in the same way.
  passSilence();
  a.broker.announce([publication('news', 3)]);
  await b.hears(publication('news', 3));
  a.broker.announce([publication('news', 4)]);
  await b.hears(publication('news', 4));
});

test('a process that is alone sends signals at once, and leaves without a pause', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const { query } = database;
  const { clock, passSilence, paused } = createClock();
  const log = createLogger('silent');
  const connect = createPostgresBroker({ listenUrl: target.url, driver: 'tcp', query, log, clock, createId });
  const a = await connectMember(connect);
  passSilence();
  a.broker.announce([publication('news', 1)]);
  await paused(1);
  a.broker.announce([publication('news', 2)]);
  a.broker.signal('news', 'now');
  await paused(2);
  await a.broker[Symbol.asyncDispose]();
});
