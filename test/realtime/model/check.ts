import type { RealtimeManager } from '../../../src/realtime/manager.ts';
import { fc } from '../../support/property.ts';
import { expectNoFault, steps } from './commands.ts';
import { World } from './world.ts';

/**
 * Runs the engine under so many random interleavings and judges each by the reference. Returns the counterexample, the
 * shortest one unless `endOnFailure`, or undefined.
 */
export async function findCounterexample(
  Manager: typeof RealtimeManager,
  options: { readonly numRuns: number; readonly endOnFailure?: true },
): Promise<string | undefined> {
  const details = await fc.check(
    fc.asyncProperty(
      steps,
      fc.constantFrom(1, 2, 100),
      fc.integer({ min: 1, max: 3 }),
      async (commands, pageSize, clients) => {
        const world = await World.open(Manager, pageSize, clients);
        await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
        await world.quiesce();
        world.expectToldReached();
        await world.expectHeadReached();
        world.expectForgotten();
        expectNoFault(world);
      },
    ),
    options,
  );
  if (!details.failed) return undefined;
  return `${fc.defaultReportMessage(details)}\n${details.errorInstance}`.slice(0, 2_000);
}
