import { expect, test } from 'bun:test';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import { positionBefore } from '../../../src/realtime/subscriptions/time-search.ts';
import { draft } from '../../contracts/event-log.ts';
import { fc } from '../../support/property.ts';

/** A log whose clock went on by these milliseconds before each publication; 0 is a clock that stood still. */
async function written(steps: readonly number[]) {
  let now = 1_000;
  const log = new MemoryEventLog({ now: () => now, createEpoch: () => 'epoch' });
  for (const step of steps) {
    now += step;
    await log.append([draft('a')]);
  }
  return { log, publications: (await log.read('a', 0, steps.length + 1)).publications };
}

const steps = fc.array(fc.nat({ max: 3 }), { maxLength: 40 });

test('a time never passes over what was published at it or later, and brings nothing older', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 130 }), async (waits, after) => {
      const { log, publications } = await written(waits);
      const time = 1_000 + after;
      const { offset } = await positionBefore(log, 'a', time);
      const follows = publications.filter((each) => each.offset > offset);
      expect(follows).toEqual(publications.filter(({ timestamp }) => Date.parse(timestamp) >= time));
    }),
  );
});

test('of a pruned log it is right where it reaches, and the beginning where it does not', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 40 }), fc.nat({ max: 130 }), async (waits, pruned, after) => {
      const { log } = await written(waits);
      await log.prune('a', { ageMs: 1_000_000, count: Math.max(0, waits.length - pruned) }, 1_000);
      const { head, publications } = await log.read('a', 0, 100);
      const time = 1_000 + after;
      const { offset } = await positionBefore(log, 'a', time);
      const [first] = publications;
      if (!first || Date.parse(first.timestamp) >= time) return expect(offset).toBe(0);
      const older = publications.filter(({ timestamp }) => Date.parse(timestamp) < time);
      expect(offset).toBe(older.at(-1)?.offset ?? head.offset);
    }),
  );
});
