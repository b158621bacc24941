import { chancesOf, type Habits, lateHoursAt } from './chances.ts';

/** A time at which a message may be sent. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Its hour of the week by the clock of the person. */
  readonly hour: number;
}

/** Waiting has to win this much; the chances are estimates. Hours. */
export const leastGainHours = 0.5;

const hourMs = 3_600_000;

/**
 * Returns the hours that a message is expected to take from when it is sent in an hour of the week until it is read. Within
 * the hour it is read after half of it on the average:
 *
 *     chance × ½ + (1 − chance) × lateHours
 */
export function expectedHoursOf(habits: Habits): (hour: number) => number {
  const chanceAt = chancesOf(habits);
  return (hour) => {
    const chance = chanceAt(hour);
    return chance / 2 + (1 - chance) * lateHoursAt(habits, hour);
  };
}

/**
 * Returns the moment with the shortest expected time from the first moment until the message is read: the wait, weighed by
 * `waitCost`, and {@link expectedHoursOf}. That is the first moment itself unless another is shorter by
 * {@link leastGainHours}; of equals it is the one that stands first.
 */
export function bestMoment(
  habits: Habits,
  moments: readonly [Moment, ...Moment[]],
  waitCost: number,
): Moment {
  const [first, ...others] = moments;
  const expectedAt = expectedHoursOf(habits);
  const costOf = ({ at, hour }: Moment) => (waitCost * (at - first.at)) / hourMs + expectedAt(hour);
  let best = first;
  let least = costOf(first) - leastGainHours;
  for (const moment of others) {
    const cost = costOf(moment);
    if (cost >= least) continue;
    best = moment;
    least = cost;
  }
  return best;
}
