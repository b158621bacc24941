import { expect, test } from 'bun:test';
import { Batching } from '../../../src/db/log/batching.ts';

/** Takes more steps than a statement without a pause needs from its replies to the next, and all within one turn. */
const stepsOfCaller = 50;

/** The sizes of the batches of two groups of callers, each of which asks again soon after it is answered. */
async function sizesOf(pauseMs: number): Promise<number[]> {
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
    pauseMs: () => pauseMs,
  });
  const ask = async (caller: number) => {
    await batching.ask([caller]);
    for (let step = 0; step < stepsOfCaller; step++) await Promise.resolve();
    await batching.ask([caller]);
  };
  const others: Promise<void>[] = [];
  const callers = [0, 1, 2];
  await ask(0);
  await Promise.all(others);
  return sizes;
}

test('callers who ask again during the pause after a statement share the next one', async () => {
  expect((await sizesOf(0)).slice(0, 2)).toEqual([1, 2]);
  expect(await sizesOf(1)).toEqual([1, 3, 2]);
});
