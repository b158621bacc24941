import { expect, test } from 'bun:test';
import { SharedReadings } from '../../src/lib/shared-readings.ts';
import { ManualClock } from '../support/manual-clock.ts';

function counted() {
  const clock = new ManualClock();
  const readings = new SharedReadings<number>(clock);
  let count = 0;
  const load = async () => ++count;
  return { clock, read: (maxAgeMs: number, key = 'a') => readings.read(key, maxAgeMs, load), readings };
}

test('callers who accept an age share a reading until it is that old, and who accepts none reads anew', async () => {
  const { clock, read } = counted();
  expect(await Promise.all([read(2_000), read(2_000), read(2_000, 'b')])).toEqual([1, 1, 2]);
  clock.advance(1_999);
  expect(await read(2_000)).toBe(1);
  expect(await read(0)).toBe(3);
  expect(await read(1_000)).toBe(4);
  clock.advance(2_000);
  expect(await read(2_000)).toBe(5);
});

test('a reading that failed is told to those who shared it, and the next caller reads', async () => {
  const { read, readings } = counted();
  const failing = () => Promise.reject(new Error('down'));
  const both = [readings.read('a', 2_000, failing), readings.read('a', 2_000, failing)];
  for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected');
  expect(await read(2_000)).toBe(1);
});

test('only the newest readings are kept', async () => {
  const { read } = counted();
  for (let key = 0; key < 33; key++) await read(2_000, `${key}`);
  expect(await read(2_000, '32')).toBe(33);
  expect(await read(2_000, '0')).toBe(34);
});
