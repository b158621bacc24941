import { expect, test } from 'bun:test';
import { replay } from '../../bench/reading/replay.ts';
import { worlds } from '../../bench/reading/worlds.ts';

const plan = { people: 150, learned: 4, heldOut: 1, waitHours: 6 };
const replayOf = (name: string, seed = 1) => {
  const world = worlds.find((each) => each.name === name);
  if (!world) throw new Error(`There is no world ${name}.`);
  return replay(world, seed, plan);
};

test('a replay of the same seed is the same, and of another seed another', () => {
  expect(replayOf('buried')).toEqual(replayOf('buried'));
  expect(replayOf('buried')).not.toEqual(replayOf('buried', 2));
});

test('people with habits are predicted better than by their role, and that better than all alike', () => {
  const { brier } = replayOf('buried');
  expect(brier.model).toBeLessThan(brier.role);
  expect(brier.role).toBeLessThan(brier.overall);
  expect(brier.truth).toBeLessThan(brier.model);
});

test('waiting wins hours where missed messages are buried, and costs minutes where they stay in sight', () => {
  const [buried, kept] = [replayOf('buried'), replayOf('kept')];
  expect(buried.model.mean).toBeLessThan(buried.now.mean - 2);
  expect(Math.abs(kept.model.mean - kept.now.mean)).toBeLessThan(0.3);
  expect(kept.delayedShare).toBeLessThan(buried.delayedShare / 2);
});

test('the priority score lists what is read before what is not more often than the priority does', () => {
  const { order } = replayOf('buried');
  expect(order.score).toBeGreaterThan(order.priority);
});
