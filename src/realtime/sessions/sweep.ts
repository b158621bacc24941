import type { Clock } from '../../lib/clock.ts';

/** Interval of the sweep: a deadline is met within a tenth of a heartbeat, or within 20 ms. Milliseconds. */
const sweepMs = (heartbeatMs: number) => Math.min(1_000, Math.max(20, heartbeatMs / 10));

/**
 * Calls `sweep` again and again until disposed, with the milliseconds in which the process did not run: it was stopped,
 * its machine slept, or one piece of work blocked it. Less than an interval is the coarseness of the timer, and counts as 0.
 */
export function startSweep(clock: Clock, heartbeatMs: number, sweep: (lateMs: number) => void): Disposable {
  const intervalMs = sweepMs(heartbeatMs);
  let due = clock.monotonic() + intervalMs;
  return clock.every(intervalMs, () => {
    const now = clock.monotonic();
    const lateMs = now - due;
    due = now + intervalMs;
    sweep(lateMs > intervalMs ? lateMs : 0);
  });
}
