import { expect, test } from 'bun:test';
import { Gathering } from '../../../../src/db/log/batching/gathering.ts';

/** The time of a statement after which callers are waited for as long as they ever are. */
const tookMs = 1_000_000;

/** A gathering, and the callers that wait. */
function createBatches() {
  const gathering = new Gathering(16);
  let waiting = 0;
  return {
    gathering,
    come(callers: number) {
      waiting += callers;
      gathering.arrived(waiting);
    },
    after(answered: number): Promise<void> | undefined {
      waiting = 0;
      return gathering.wait(answered, () => waiting, tookMs);
    },
  };
}

test('the wait ends with the last of those who were answered', async () => {
  const batches = createBatches();
  for (let batch = 0; batch < 100; batch++) {
    const wait = batches.after(2);
    expect(wait).toBeDefined();
    batches.come(1);
    batches.come(1);
    await wait;
  }
});

test('one caller alone, and more than are held together, are not waited for', () => {
  const batches = createBatches();
  expect([batches.after(1), batches.after(17)]).toEqual([undefined, undefined]);
});

test('callers who do not come back are seldom waited for, until they come', async () => {
  const batches = createBatches();
  const waited: number[] = [];
  for (let batch = 0; batch < 20; batch++) {
    const wait = batches.after(2);
    if (wait) waited.push(batch);
    await wait;
  }
  expect(waited).toEqual([0, 2, 6, 14]);
  let batch = 20;
  for (let wait = batches.after(2); ; wait = batches.after(2), batch++) {
    if (!wait) continue;
    batches.come(2);
    await wait;
    break;
  }
  expect(batch).toBe(30);
  expect(batches.after(2)).toBeDefined();
});
