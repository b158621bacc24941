import type { Logger } from '../logger.ts';
import { canaryChannel } from './canary.ts';
import { controlChannel } from './control.ts';
import type { EventLog, Retention } from './ports/event-log.ts';

/** Publications removed in one statement: few enough that nobody waits for it. */
const stepSize = 1_000;

/** Of the engine's own channels, which all processes share: nobody looks far back at them. */
const internal: readonly (readonly [channel: string, Retention])[] = [
  [canaryChannel, { ageMs: 3_600_000, count: 100 }],
  [controlChannel, { ageMs: 24 * 3_600_000, count: 10_000 }],
];

/** Removes what is over its retention, in small steps; all processes may do so at once. Never rejects. */
export async function pruneLog(
  log: EventLog,
  retentions: ReadonlyMap<string, Retention>,
  logger: Logger,
): Promise<void> {
  for (const [namespace, retention] of [...retentions, ...internal]) {
    try {
      let removed = 0;
      for (let step = stepSize; step === stepSize; removed += step) {
        step = await log.prune(namespace, retention, stepSize);
      }
      if (removed > 0) logger.info({ namespace, removed }, 'pruned');
    } catch (error) {
      logger.warn({ err: error, namespace }, 'not pruned');
    }
  }
}
