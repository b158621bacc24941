import type { DeliverySettings } from '../extension/delivery-settings.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Activity } from './connections/activity.ts';
import { methodsOf } from './methods/methods.ts';
import { learnAll } from './prediction/learn-reads.ts';
import { pruneTracking } from './retention.ts';
import type { Measures } from './statistics/measures.ts';
import { startMeasuring } from './statistics/measuring.ts';
import type { Tracking } from './tracking.ts';
import { startTrackingWorker } from './worker.ts';

export interface TrackingOptions {
  readonly tracking: Tracking & { readonly measures: Measures };
  readonly activity: Activity;
  readonly manager: RealtimeManager;
  readonly processId: string;
  readonly delivery: DeliverySettings;
}

/** Between two looks for what is old. Milliseconds. */
const pruneMs = 60_000;
/** Between two passes over the reads of the day before. */
const learnMs = 600_000;

/** Opens what runs beside the routes of a domain that tracks events. */
export function openTracking(options: TrackingOptions): AsyncDisposable {
  const { tracking, activity, manager, processId, delivery } = options;
  const { clock, logger, measures } = tracking;
  const { listenUrl, driver, rest } = delivery;
  const opened = new AsyncDisposableStack();
  // The first to open is the last to close, and writes what the others measured.
  opened.use(startMeasuring({ tracking, measures, sessions: manager.sessions, processId }));
  opened.use(activity.start());
  opened.use(
    startTrackingWorker({
      tracking,
      methods: methodsOf(tracking, delivery),
      hasPhones: delivery.sms.phones,
      hours: delivery.hours,
      ...(delivery.prediction && { prediction: delivery.prediction }),
      listenUrl,
      driver,
      rest,
      random: Math.random,
    }),
  );
  if (delivery.prediction) {
    opened.use(
      clock.every(learnMs, () => {
        learnAll(tracking, delivery.hours.timeZone).catch((error) =>
          logger.warn({ err: error }, 'reads could not be learned from; the next run tries again'),
        );
      }),
    );
  }
  opened.use(
    clock.every(pruneMs, () => {
      prune(tracking, delivery.records).catch((error) =>
        logger.warn({ err: error }, 'old events could not be removed; the next run tries again'),
      );
    }),
  );
  return opened;
}

async function prune(
  tracking: Tracking,
  { keptMs, activityKeptMs }: DeliverySettings['records'],
): Promise<void> {
  const before = new Date(tracking.clock.now() - keptMs).toISOString();
  const activityBefore = new Date(tracking.clock.now() - activityKeptMs).toISOString();
  while ((await pruneTracking(tracking, { before, activityBefore })) > 0);
}
