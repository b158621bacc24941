import { sql } from 'drizzle-orm';
import { afterCommit } from '../../db/after-commit.ts';
import type { Drizzle } from '../../db/connection/open.ts';
import type { Bell } from '../../lib/bell.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Rest } from '../../lib/idleness.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { deliveriesWaiting } from '../channels.ts';
import { withPrincipal } from '../principal.ts';
import type { Tracking } from '../tracking.ts';

/**
 * When the first of what the worker does is due, in milliseconds of the tracking's clock: a delivery, an announcement, the
 * end of an event, or a job of a phone. Without `escalates`, as where no other method is there, not the turn of the next
 * method. Undefined where nothing is awaited.
 */
export async function nextDue(
  tracking: Pick<Tracking, 'database' | 'members'>,
  { escalates = true } = {},
): Promise<number | undefined> {
  const { rows } = await withPrincipal(tracking, servicePrincipal, (tx) =>
    tx.execute<{ due: number | null }>(sql`
      select extract(epoch from least(
        (select min(first.at) from generate_series(1, 5) as rank cross join lateral (
          select next_attempt_at as at from public.realtime_event_deliveries
          where priority_rank = rank and next_attempt_at is not null order by next_attempt_at limit 1) first),
        (select escalates_at from public.realtime_event_deliveries
          where escalates_at is not null and ${escalates} order by escalates_at limit 1),
        (select scheduled_at from public.realtime_events
          where delivery_mode = 'channel' and status = 'pending' order by scheduled_at limit 1),
        (select expires_at from public.realtime_events
          where status in ('pending', 'sent') and expires_at is not null order by expires_at limit 1),
        (select due_at from public.realtime_sms_jobs where due_at is not null order by due_at limit 1)
      ))::float8 * 1000 as due`),
  );
  return rows[0]?.due ?? undefined;
}

/** Wakes a loop when it is rung, and when something falls due. */
export class DueBell {
  readonly #bell: Bell;
  readonly #clock: Clock;
  readonly #alarm: Clock['after'];
  #timer: Disposable | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #isRung = true;

  constructor(bell: Bell, clock: Clock, rest?: Rest) {
    this.#bell = bell;
    this.#clock = clock;
    this.#alarm = rest ? (ms, run) => rest.alarm(ms, run) : (ms, run) => clock.after(ms, run);
  }

  readonly ring = (): void => {
    this.#isRung = true;
    this.#bell.ring();
  };

  /** Rings at this time, or earlier where something else is due earlier. */
  ringAt(time: number): void {
    const waitMs = time - this.#clock.now();
    if (waitMs <= 0) this.ring();
    if (waitMs <= 0 || time >= this.#dueAt) return;
    this.#timer?.[Symbol.dispose]();
    this.#dueAt = time;
    this.#timer = this.#alarm(waitMs, () => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.ring();
    });
  }

  get isRung(): boolean {
    return this.#isRung;
  }

  /** Whether it rang since the last time. */
  take(): boolean {
    const isRung = this.#isRung;
    this.#isRung = false;
    return isRung;
  }

  /** Resolves at the next ring, or after `ms`. */
  arm(ms: number): Promise<void> {
    return this.#bell.arm(ms);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}

/** The workers of this process. */
const workers = new WeakMap<Tracking, (time: number) => void>();

export function onDue(tracking: Tracking, ringAt: (time: number) => void): Disposable {
  workers.set(tracking, ringAt);
  return { [Symbol.dispose]: () => workers.delete(tracking) };
}

/**
 * Tells the worker of this process, which nothing else tells, when something that was just written is due. Returns false
 * where this process has none.
 */
export function tellDue(tracking: Tracking, time: number): boolean {
  const ringAt = workers.get(tracking);
  ringAt?.(time);
  return ringAt !== undefined;
}

/** Processes without a worker that have something to tell at the end of the turn. */
const telling = new WeakSet<Tracking>();

/**
 * Has a worker look, after a commit: that of this process, or else those of others. A NOTIFY inside of the transaction would
 * make its commit wait for every other on the server that notifies. Of many in a turn one is sent, and the timers of the
 * workers make up for one that is lost.
 */
export function tellWaiting(tracking: Tracking): void {
  if (tellDue(tracking, tracking.clock.now()) || telling.has(tracking)) return;
  telling.add(tracking);
  setImmediate(() => {
    telling.delete(tracking);
    tracking.database
      .query('select pg_notify($1, $2)', [deliveriesWaiting, ''])
      .catch((error) => tracking.logger.debug({ err: error }, 'the workers were not told of new deliveries'));
  });
}

/**
 * Has a worker look when this transaction has committed. In a transaction that was begun elsewhere, as by a pool of the
 * application's own, only its commit can tell, by a NOTIFY.
 */
export async function tellWaitingAfter(tracking: Tracking, tx: Drizzle): Promise<void> {
  if (afterCommit(tx, () => tellWaiting(tracking))) return;
  await tx.execute(sql`select pg_notify(${deliveriesWaiting}, '')`);
}
