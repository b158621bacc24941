import { expect, test } from 'bun:test';
import { createLogger } from '../../src/logger.ts';
import { Assembly, partsOf } from '../../src/realtime/peers/parts.ts';
import { Peers } from '../../src/realtime/peers/peers.ts';
import { maxSignalBytes } from '../../src/realtime/ports/broker.ts';
import { encodeSignal, parseSignal } from '../../src/realtime/publishing/signal.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Processes on a bus that carries every signal to the others at once. */
async function processes(...ids: readonly string[]) {
  const clock = new ManualClock();
  const all: Peers[] = [];
  let made = 0;
  for (const id of ids) {
    const self: Peers = new Peers({
      broker: {
        join: async () => undefined,
        signal(_channel, text) {
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxSignalBytes);
          const signal = parseSignal(text);
          if (signal?.kind === 'part') for (const each of all) if (each !== self) each.heard(signal.part);
        },
      },
      clock,
      logger: createLogger('silent'),
      createId: () => `message${++made}`,
    });
    await self.start(id);
    all.push(self);
  }
  return { clock, all };
}

test('all processes reply, large replies in parts, and the first reply is the own one', async () => {
  const { all } = await processes('a', 'b', 'c');
  for (const each of all) each.answer<number>('text', (length) => `${each.processId}🥁`.repeat(length));
  const answers = await all[1]?.ask('text', 5_000, { expected: ['a', 'b', 'c'], waitMs: 1_000 });
  expect(answers?.map(({ processId }) => processId)).toEqual(['b', 'a', 'c']);
  expect(
    answers?.every((each) => 'value' in each && each.value === `${each.processId}🥁`.repeat(5_000)),
  ).toBe(true);
});

test('a process that is silent is waited for no longer than it was said, and one that fails says so', async () => {
  const { all, clock } = await processes('a', 'b');
  all[0]?.answer('kind', () => 1);
  all[1]?.answer('kind', () => Promise.reject(new Error('inside')));
  const asked = all[0]?.ask('kind', {}, { expected: ['b', 'gone'], waitMs: 1_000 });
  await Promise.resolve();
  clock.advance(1_000);
  expect(await asked).toEqual([
    { processId: 'a', value: 1 },
    { processId: 'b', error: 'internal' },
  ]);
  const unknown = await all[0]?.ask('another', {}, { expected: ['b'], waitMs: 1_000 });
  expect(unknown).toEqual([
    { processId: 'a', error: 'not_found' },
    { processId: 'b', error: 'not_found' },
  ]);
});

test('a reply that is too large is told as one', async () => {
  const { all } = await processes('a', 'b');
  all[0]?.answer('kind', () => 1);
  all[1]?.answer('kind', () => 'x'.repeat(3_000_000));
  expect(await all[0]?.ask('kind', {}, { expected: ['b'], waitMs: 1_000 })).toEqual([
    { processId: 'a', value: 1 },
    { processId: 'b', error: 'payload_too_large' },
  ]);
});

test('a message comes out when all its parts are there, in any order, and never twice', () => {
  const text = 'tambuli 🥁 '.repeat(2_000);
  const parts = partsOf('m', text) ?? [];
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) {
    expect(Buffer.byteLength(encodeSignal({ kind: 'part', part }))).toBeLessThanOrEqual(maxSignalBytes);
  }
  const assembly = new Assembly();
  const [first, ...rest] = parts.toReversed();
  for (const part of rest) {
    expect(assembly.add(part)).toBeUndefined();
    expect(assembly.add(part)).toBeUndefined();
  }
  expect(first && assembly.add(first)).toBe(text);
  const odd = { message: 'n', index: 3, total: 2, text: '' };
  expect(assembly.add(odd)).toBeUndefined();
});
