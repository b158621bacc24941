import { expect, test } from 'bun:test';
import { describeSwitching, runSwitching } from '../../bench/chaos/switching.ts';
import { runSeed } from '../support/random.ts';

test('clients that change their transport at random, under load and cuts, lose and repeat nothing', async () => {
  const report = await runSwitching({ clients: 8, moves: 240, seed: runSeed() });
  process.stdout.write(`${describeSwitching(report)}\n`);
  expect(report).toMatchObject({ lost: 0, duplicated: 0, disordered: 0, told: 0 });
  const moves = Object.values(report.moves);
  expect(moves.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(240);
  expect(Math.min(...moves)).toBeGreaterThan(5);
  expect(report.cuts).toBeGreaterThan(10);
  expect(report.received).toBeGreaterThan(report.publications);
}, 180_000);
