import { type Clock, systemClock } from '../../src/lib/clock.ts';

/**
 * A clock on which everything takes a part of its time: with 10, an interval of five seconds is half of one. For servers
 * whose shortest interval is long for a test. The database goes by its own clock.
 */
export function fastClock(times: number): Clock {
  const { now, monotonic, after, every } = systemClock;
  const [began, beganMonotonic] = [now(), monotonic()];
  return {
    now: () => began + (now() - began) * times,
    monotonic: () => beganMonotonic + (monotonic() - beganMonotonic) * times,
    after: (ms, run) => after(ms / times, run),
    every: (ms, run) => every(ms / times, run),
  };
}
