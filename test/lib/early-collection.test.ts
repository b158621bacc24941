import { edenGC } from 'bun:jsc';
import { expect, test } from 'bun:test';
import { EarlyCollection } from '../../src/lib/early-collection.ts';

test('young garbage is collected once for every five hundred sessions, and never in the turn of one', async () => {
  let collections = 0;
  const early = new EarlyCollection(() => collections++);
  for (let session = 0; session < 499; session++) early.came();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(collections).toBe(0);
  for (let session = 499; session < 1_000; session++) early.came();
  expect(collections).toBe(0);
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(collections).toBe(2);
});

test('the collection of the runtime is one of young garbage, and there', () => {
  expect(typeof edenGC).toBe('function');
});
