import type { DriverName } from '../db/connection/driver.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import { Activity } from './connections/activity.ts';
import { createWebPush, type Vapid } from './methods/web-push.ts';
import { createWebhook } from './methods/webhook.ts';
import { pruneTracking } from './retention.ts';
import type { Measures } from './statistics/measures.ts';
import { startMeasuring } from './statistics/measuring.ts';
import type { Tracking } from './tracking.ts';
import { startTrackingWorker } from './worker.ts';

/** What composition knows of a deployment and this room needs. */
export interface DeliverySettings {
  /** Where LISTEN works; undefined behind a pooler. */
  readonly listenUrl: string | undefined;
  readonly driver: DriverName | 'auto';
  /** Without it there is no method `webhook`; the same of the next. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly vapid?: Vapid;
  readonly allowPrivate: boolean;
}

export interface RoomOptions {
  readonly tracking: Tracking & { readonly measures: Measures };
  readonly manager: RealtimeManager;
  readonly processId: string;
  readonly delivery: DeliverySettings;
}

/** What runs beside the routes of a domain that tracks events. */
export interface TrackingRoom extends AsyncDisposable {
  readonly activity: Activity;
}

/** Between two looks for what is old, and how old that is. Milliseconds. */
const pruneMs = 60_000;
const keptMs = 90 * 86_400_000;

export function openTrackingRoom({ tracking, manager, processId, delivery }: RoomOptions): TrackingRoom {
  const { clock, logger, measures } = tracking;
  const { listenUrl, driver, webhook, vapid, allowPrivate } = delivery;
  const opened = new AsyncDisposableStack();
  // The first to open is the last to close, and writes what the others measured.
  opened.use(startMeasuring({ tracking, measures, sessions: manager.sessions, processId }));
  const activity = opened.use(new Activity(tracking, measures));
  opened.use(
    startTrackingWorker({
      tracking,
      methods: [
        ...(webhook ? [createWebhook({ ...webhook, allowPrivate, clock })] : []),
        ...(vapid ? [createWebPush({ tracking, vapid, allowPrivate })] : []),
      ],
      listenUrl,
      driver,
      random: Math.random,
    }),
  );
  opened.use(
    clock.every(pruneMs, () => {
      prune(tracking).catch((error) => logger.warn({ err: error }, 'what is old is not removed yet'));
    }),
  );
  return { activity, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function prune(tracking: Tracking): Promise<void> {
  const before = new Date(tracking.clock.now() - keptMs).toISOString();
  while ((await pruneTracking(tracking, before)) > 0);
}
