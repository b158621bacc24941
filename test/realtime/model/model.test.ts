import { describe, expect, test } from 'bun:test';
import { RealtimeManager } from '../../../src/realtime/manager.ts';
import { findCounterexample } from './check.ts';
import { buildMutant, mutants } from './mutants.ts';

test('R1, R2: under every interleaving each reader gets what was committed after its position, in order', async () => {
  expect(await findCounterexample(RealtimeManager, { numRuns: 600 })).toBeUndefined();
});

/** When a text of the engine changes, its mutant in mutants.ts follows. */
describe('the model finds the fault when', () => {
  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s', async (_, mutant) => {
    await using engine = await buildMutant(mutant);
    const counterexample = await findCounterexample(engine.Manager, { numRuns: 20_000, endOnFailure: true });
    expect(counterexample).toMatch(/^Property failed after \d+ tests/);
  });
});
