import { expect, test } from 'bun:test';
import { AppError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';
import type { EventLog } from '../../src/realtime/ports/event-log.ts';
import { Pruner } from '../../src/realtime/pruner.ts';

type Asked = readonly [namespace: string, channels: readonly string[] | undefined];

function createSubject() {
  const asked: Asked[] = [];
  const state = { isAway: false };
  const log = {
    prune: async (namespace, _retention, _limit, channels) => {
      if (state.isAway) throw new AppError('database_unavailable', 'Gone.');
      if (!namespace.startsWith('_')) asked.push([namespace, channels]);
      return 0;
    },
    forgetUnused: () => Promise.resolve(0),
  } satisfies Partial<EventLog>;
  const bound = { ageMs: 1_000, count: 10 };
  const pruner = new Pruner({
    log: log as unknown as EventLog,
    retentions: new Map([
      ['a', bound],
      ['b', bound],
    ]),
    idle: () => [],
    logger: createLogger('silent'),
  });
  /** The channels that were looked at for surplus, by namespace. */
  const surplus = async () => {
    asked.length = 0;
    await pruner.run();
    return asked.slice(2);
  };
  return { pruner, surplus, state };
}

test('every channel is looked at once, and from then on those that were published on since the last time', async () => {
  const { pruner, surplus } = createSubject();
  pruner.note('a:1');
  expect(await surplus()).toEqual([
    ['a', undefined],
    ['b', undefined],
  ]);
  pruner.note('a:2');
  pruner.note('a:2');
  pruner.note('b');
  expect(await surplus()).toEqual([
    ['a', ['a:2']],
    ['b', ['b']],
  ]);
  expect(await surplus()).toEqual([
    ['a', []],
    ['b', []],
  ]);
});

test('what could not be removed is looked at the next time', async () => {
  const { pruner, surplus, state } = createSubject();
  await surplus();
  pruner.note('a:1');
  state.isAway = true;
  await surplus();
  pruner.note('a:2');
  state.isAway = false;
  expect((await surplus())[0]).toEqual(['a', ['a:1', 'a:2']]);
});

test('notes are bounded: beyond the bound every channel is looked at', async () => {
  const { pruner, surplus } = createSubject();
  await surplus();
  for (let n = 0; n <= 100_000; n++) pruner.note(`a:${n}`);
  expect((await surplus())[0]).toEqual(['a', undefined]);
});
