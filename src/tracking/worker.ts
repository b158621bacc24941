import type { DriverName } from '../db/connection/driver.ts';
import { listen } from '../db/connection/listener.ts';
import { createBell } from '../lib/bell.ts';
import type { Rest } from '../lib/idleness.ts';
import { Outage } from '../lib/outage.ts';
import { deliveriesWaiting } from './channels.ts';
import { DueBell, nextDue, onDue } from './deliveries/due.ts';
import { passedAtOnce, passOnDue } from './deliveries/pass-on.ts';
import { deliveriesAtOnce, sendDue } from './deliveries/send-due.ts';
import { expireDue } from './deliveries/settle.ts';
import { escalateDue, escalatedAtOnce } from './escalation/escalate-due.ts';
import { Attempts, type OutgoingOptions } from './escalation/outgoing-attempts.ts';
import { sendAnnouncements } from './events/send-announcements.ts';
import { returnJobs } from './methods/sms/gateway/jobs.ts';
import type { Tracking } from './tracking.ts';

export interface TrackingWorkerOptions extends OutgoingOptions {
  /** Whether phones send SMS, whose jobs are looked after. */
  readonly hasPhones?: boolean;
  /** An address at which LISTEN works; without one the timer alone wakes the worker. */
  readonly listenUrl: string | undefined;
  readonly driver?: DriverName | 'auto';
  /** The sleep of the process, which ends when something is due. */
  readonly rest?: Rest | undefined;
}

/**
 * Between two attempts while the database is away, or where something stays due that is nobody's to do. Milliseconds.
 */
const intervalMs = 1_000;
/** Work that a dead process left behind is found within these milliseconds. */
const longestMs = 30_000;

/**
 * Sends what is due, sends again what is not acknowledged, expires what is over and passes on what one method could not
 * bring to an end, the most urgent first. Every process runs one: what one has claimed the others leave alone. Nothing
 * is remembered here, so whatever dies loses nothing. Other methods have a loop of their own, so that a slow receiver
 * holds up no live session.
 */
export function startTrackingWorker(options: TrackingWorkerOptions): AsyncDisposable {
  const { listenUrl, driver = 'auto', tracking, rest } = options;
  const { clock, logger } = tracking;
  const ending = new AbortController();
  const { signal } = ending;
  const live = new DueBell(createBell(clock, signal), clock, rest);
  const outgoing = new DueBell(createBell(clock, signal), clock, rest);
  const ring = () => {
    live.ring();
    outgoing.ring();
  };
  const listening = listenUrl
    ? listen({
        url: listenUrl,
        driver,
        channels: [deliveriesWaiting],
        pingMs: longestMs / 2,
        onNotification: ring,
        // Deliveries may have been written while nobody listened.
        onConnected: ring,
        log: logger,
        clock,
        signal,
        rest,
      })
    : undefined;
  const attempts = new Attempts(options, { live, outgoing }, signal);
  const outage = new Outage({
    logger,
    failing: 'deliveries could not be sent, trying again',
    healed: 'deliveries are sent again',
  });
  const telling = onDue(tracking, (time) => {
    live.ringAt(time);
    outgoing.ringAt(time);
  });
  const looping = { tracking, outage, escalates: options.methods.length > 0 };
  const running = [
    loop(looping, live, signal, () => sendLive(options, outgoing)),
    ...(options.methods.length > 0 ? [loop(looping, outgoing, signal, () => attempts.begin())] : []),
  ];
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      for (const each of [telling, live, outgoing]) each[Symbol.dispose]();
      await Promise.all([...running, listening?.ended]);
      await attempts.ended();
    },
  };
}

interface Looping {
  readonly tracking: Tracking;
  readonly outage: Outage;
  /** Whether there is another method, to which events go on while they are unread. */
  readonly escalates: boolean;
}

/**
 * Runs `step`, which returns whether there is more, when the bell rings and when something is due; sleeps until then, but
 * looks at the longest interval whether something is due that nobody told of.
 */
async function loop(
  { tracking, outage, escalates }: Looping,
  bell: DueBell,
  signal: AbortSignal,
  step: () => Promise<boolean>,
): Promise<void> {
  const { clock, measures } = tracking;
  while (!signal.aborted) {
    // Armed before the look, so that what is written during it counts.
    const woken = bell.arm(longestMs);
    try {
      const startedAt = clock.now();
      const isRung = bell.take();
      const isMore = isRung && (await step());
      if (isMore) bell.ring();
      const due = bell.isRung ? undefined : await nextDue(tracking, { escalates });
      outage.passed();
      // A delivery that was due before the step and was not sent is another process's, or becomes possible later.
      const isLeft = isRung && due !== undefined && due <= startedAt;
      if (due !== undefined) bell.ringAt(isLeft ? clock.now() + intervalMs : due);
    } catch (error) {
      measures?.count('errors');
      outage.failed(error);
      bell.ringAt(clock.now() + intervalMs);
    }
    await woken;
  }
}

async function sendLive(
  { tracking, methods, hasPhones }: TrackingWorkerOptions,
  outgoing: DueBell,
): Promise<boolean> {
  const available = ['websocket', ...methods.map(({ name }) => name)];
  const announced = await sendAnnouncements(tracking);
  const sent = await sendDue(tracking);
  const passed = await passOnDue(tracking, available);
  const escalated = methods.length > 0 ? await escalateDue(tracking, available) : 0;
  if (passed + escalated > 0) outgoing.ring();
  const expired = await expireDue(tracking);
  tracking.measures?.count('expired', expired);
  const returned = hasPhones ? await returnJobs(tracking) : 0;
  return (
    announced > 0 ||
    sent === deliveriesAtOnce ||
    passed === passedAtOnce ||
    escalated === escalatedAtOnce ||
    expired + returned > 0
  );
}
