import type { DriverName } from '../db/connection/driver.ts';
import { listen } from '../db/connection/listener.ts';
import { attemptMs, type DeliveryMethod, type Outcome } from '../extension/delivery-method.ts';
import { type Bell, createBell } from '../lib/bell.ts';
import { deliveriesWaiting } from './channels.ts';
import { claimOutgoing, type LeasedDelivery, settleOutgoing } from './deliveries/outgoing.ts';
import { passedAtOnce, passOnDue } from './deliveries/pass-on.ts';
import { deliveriesAtOnce, sendDue } from './deliveries/send-due.ts';
import { expireDue } from './deliveries/settle.ts';
import { sendAnnouncements } from './events/send-announcements.ts';
import type { Tracking } from './tracking.ts';

export interface TrackingWorkerOptions {
  readonly tracking: Tracking;
  /** The ways beside `websocket` that this deployment has. */
  readonly methods: readonly DeliveryMethod[];
  /** Where LISTEN works; undefined: the timer alone wakes the worker. */
  readonly listenUrl: string | undefined;
  readonly driver?: DriverName | 'auto';
  /** From 0 to 1: how much of the allowed jitter a pause gets. */
  readonly random: () => number;
}

/** What falls due by itself is found within this time. Milliseconds. */
const intervalMs = 1_000;
/** Attempts by other methods than `websocket` at the same time. */
const attemptsAtOnce = 20;

/**
 * Sends what is due, sends again what is not acknowledged, expires what is over and passes on what one method could not
 * bring to an end, the most urgent first. Every process runs one: what one has claimed the others leave alone. Nothing
 * is remembered here, so whatever dies loses nothing. Other methods have a loop of their own, so that a slow receiver
 * holds up no live session.
 */
export function startTrackingWorker(options: TrackingWorkerOptions): AsyncDisposable {
  const { listenUrl, driver = 'auto', tracking } = options;
  const { clock, logger } = tracking;
  const ending = new AbortController();
  const { signal } = ending;
  const live = createBell(clock, signal);
  const outgoing = createBell(clock, signal);
  const ring = () => {
    live.ring();
    outgoing.ring();
  };
  const listening = listenUrl
    ? listen({
        url: listenUrl,
        driver,
        channels: [deliveriesWaiting],
        onNotification: ring,
        // What was written while nobody listened.
        onConnected: ring,
        log: logger,
        clock,
        signal,
      })
    : undefined;
  const attempts = new Attempts(options, { live, outgoing }, signal);
  const running = [
    loop(tracking, live, signal, () => sendLive(options, outgoing)),
    loop(tracking, outgoing, signal, () => attempts.begin()),
  ];
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await Promise.all([...running, listening?.ended]);
      await attempts.ended();
    },
  };
}

/** Runs `step` whenever there may be something to do; it answers whether there is more. */
async function loop(
  { logger, measures }: Tracking,
  bell: Bell,
  signal: AbortSignal,
  step: () => Promise<boolean>,
): Promise<void> {
  let down = false;
  while (!signal.aborted) {
    // Armed before the look, so that what is written during it counts.
    const woken = bell.arm(intervalMs);
    try {
      const isMore = await step();
      if (down) logger.info('deliveries are sent again');
      down = false;
      if (isMore) continue;
    } catch (error) {
      // Once per outage, however many attempts it takes.
      measures?.count('errors');
      if (!down) logger.warn({ err: error }, 'deliveries could not be sent, trying again');
      down = true;
    }
    await woken;
  }
}

async function sendLive({ tracking, methods }: TrackingWorkerOptions, outgoing: Bell): Promise<boolean> {
  const available = ['websocket', ...methods.map(({ name }) => name)];
  const announced = await sendAnnouncements(tracking);
  const sent = await sendDue(tracking);
  const passed = await passOnDue(tracking, available);
  if (passed > 0) outgoing.ring();
  const expired = await expireDue(tracking);
  tracking.measures?.count('expired', expired);
  return announced > 0 || sent === deliveriesAtOnce || passed === passedAtOnce || expired > 0;
}

interface Bells {
  readonly live: Bell;
  readonly outgoing: Bell;
}

/** What is on its way by other methods. */
class Attempts {
  readonly #options: TrackingWorkerOptions;
  readonly #bells: Bells;
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();

  constructor(options: TrackingWorkerOptions, bells: Bells, signal: AbortSignal) {
    this.#options = options;
    this.#bells = bells;
    this.#signal = signal;
  }

  /** As many as there is room for. */
  async begin(): Promise<boolean> {
    const { tracking, methods } = this.#options;
    const room = attemptsAtOnce - this.#running.size;
    if (methods.length === 0 || room === 0) return false;
    const names = methods.map(({ name }) => name);
    for (const leased of await claimOutgoing(tracking, names, room)) {
      const attempt: Promise<void> = this.#attempt(leased).finally(() => {
        this.#running.delete(attempt);
        this.#bells.outgoing.ring();
      });
      this.#running.add(attempt);
    }
    return false;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Never rejects: what cannot be settled is claimed again when its lease ends. */
  async #attempt(leased: LeasedDelivery): Promise<void> {
    const { tracking, methods, random } = this.#options;
    try {
      const outcome = await this.#send(leased);
      // Broken off by ourselves: no outcome at all.
      if (this.#signal.aborted && outcome.kind !== 'taken') return;
      const available = ['websocket', ...methods.map(({ name }) => name)];
      const how = { available, random: random() };
      const isPassedOn = await settleOutgoing(tracking, leased, outcome, how);
      if (isPassedOn) this.#bells.live.ring();
    } catch (error) {
      tracking.logger.warn(
        { err: error, eventId: leased.event.id },
        'the outcome of an attempt is not written',
      );
    }
  }

  async #send(leased: LeasedDelivery): Promise<Outcome> {
    const { tracking, methods } = this.#options;
    const method = methods.find(({ name }) => name === leased.method);
    if (!method) return { kind: 'never', error: 'it is not set up' };
    const time = new AbortController();
    using _timer = tracking.clock.after(attemptMs, () => time.abort());
    try {
      return await method.send(leased, AbortSignal.any([time.signal, this.#signal]));
    } catch (error) {
      if (time.signal.aborted) return { kind: 'later', error: `no answer within ${attemptMs} ms` };
      tracking.logger.debug({ err: error, method: leased.method }, 'an attempt failed');
      return { kind: 'later', error: codeOf(error) };
    }
  }
}

/** Of an error of the system; its message may name addresses inside. */
const codeOf = (error: unknown) => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'it failed';
};
