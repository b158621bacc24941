import { expect, spyOn, test } from 'bun:test';
import { Batching } from '../../../src/db/log/batching.ts';

/** Turns of the event loop after which a caller asks again: more than pass between two statements without a pause. */
const late = 4;

/** The sizes of the batches of two groups of callers, each of which asks again some turns after it is answered. */
async function sizesOf(turns: number, pauseMs: number, onAskedAgain?: () => void): Promise<number[]> {
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
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    const asked = batching.ask([caller]);
    onAskedAgain?.();
    await asked;
  };
  const others: Promise<void>[] = [];
  const callers = [0, 1, 2];
  await ask(0);
  await Promise.all(others);
  return sizes;
}

test('callers who ask again in the turn of the loop after a statement share the next one', async () => {
  expect((await sizesOf(1, 0)).slice(0, 2)).toEqual([1, 3]);
  expect((await sizesOf(late, 0)).slice(0, 2)).toEqual([1, 2]);
});

test('callers who ask again during the pause after a statement share the next one', async () => {
  const askedAgain = Promise.withResolvers<void>();
  using sleep = spyOn(Bun, 'sleep').mockImplementation(() => askedAgain.promise);
  expect((await sizesOf(late, 1, askedAgain.resolve)).slice(0, 2)).toEqual([1, 3]);
  expect(sleep).toHaveBeenCalledWith(1);
});
