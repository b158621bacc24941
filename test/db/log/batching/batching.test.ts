import { expect, spyOn, test } from 'bun:test';
import { Batching } from '../../../../src/db/log/batching/batching.ts';

/** Turns of the event loop after which a caller asks again: more than pass between two statements. */
const late = 4;

/** The sizes of the batches of two groups of callers, each of which asks again some turns after it is answered. */
async function sizesOf(turns: number, mostGathered?: number): Promise<number[]> {
  const sizes: number[] = [];
  const batching = new Batching<number, number>({
    async run(items) {
      sizes.push(items.length);
      // The second group asks while the first one is served.
      if (sizes.length === 1) others.push(...callers.splice(1).map((caller) => ask(caller)));
      return items;
    },
    costOf: () => 1,
    maxCost: 100,
    ...(mostGathered !== undefined && { mostGathered }),
  });
  const ask = async (caller: number) => {
    await batching.ask([caller]);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await batching.ask([caller]);
  };
  const others: Promise<void>[] = [];
  const callers = [0, 1, 2];
  await ask(0);
  await Promise.all(others);
  return sizes;
}

test('callers who ask again in the turn of the loop after a statement share the next one', async () => {
  expect((await sizesOf(1)).slice(0, 2)).toEqual([1, 3]);
  expect((await sizesOf(late)).slice(0, 2)).toEqual([1, 2]);
});

test('callers who ask again as soon as they are answered are held together', async () => {
  // Only the last of them ends the first wait.
  using _timer = spyOn(globalThis, 'setTimeout').mockImplementationOnce((() => 0) as never);
  expect((await sizesOf(late, 3)).slice(0, 2)).toEqual([1, 3]);
});

test('more callers than are held together are not waited for', async () => {
  expect((await sizesOf(late, 2)).slice(0, 2)).toEqual([1, 2]);
});
