import { expect, test } from 'bun:test';
import type { GroupTally, Habits } from '../../../../src/tracking/prediction/model/chances.ts';
import {
  bestMoment,
  expectedHoursOf,
  leastGainHours,
  type Moment,
} from '../../../../src/tracking/prediction/model/timing.ts';
import { fc } from '../../../support/property.ts';

const hourMs = 3_600_000;
const many = 1e9;

/** People of a role of whom this share reads within the hour, the others after `late` hours. */
const habitsOf = (hours: Readonly<Record<number, readonly [share: number, late: number]>>): Habits => ({
  all: { sent: 0, read: 0, lateHours: 0 },
  school: new Map(),
  role: new Map(
    Object.entries(hours).map(([hour, [share, late]]): [number, GroupTally] => [
      Number(hour),
      { sent: many, read: share * many, lateHours: (1 - share) * many * late },
    ]),
  ),
  person: new Map(),
});
const from = (hour: number, count: number): [Moment, ...Moment[]] => [
  { at: hour * hourMs, hour },
  ...Array.from({ length: count }, (_, later) => ({
    at: (hour + later + 1) * hourMs,
    hour: hour + later + 1,
  })),
];

test('a message is expected after half an hour where it is read within the hour, otherwise after the late hours', () => {
  const habits = habitsOf({ 9: [0.2, 10] });
  expect(expectedHoursOf(habits)(9)).toBeCloseTo(0.2 * 0.5 + 0.8 * 10, 4);
});

test('a message waits where a missed one is found late, and a later hour is much better', () => {
  const habits = habitsOf({ 9: [0.1, 12], 10: [0.1, 12], 11: [0.9, 12], 12: [0.9, 12] });
  expect(bestMoment(habits, from(9, 3), 1).hour).toBe(11);
});

test('a message leaves at once where a missed one is found in the next good hour anyway', () => {
  const habits = habitsOf({ 9: [0.1, 2.5], 10: [0.1, 1.5], 11: [0.9, 12], 12: [0.9, 12] });
  expect(bestMoment(habits, from(9, 3), 1).hour).toBe(9);
});

test('a message leaves at once where the gain is smaller than the least one', () => {
  const waitFor = (share: number) =>
    bestMoment(habitsOf({ 9: [0.5, 10], 10: [share, 10] }), from(9, 1), 1).hour;
  // By an hour of waiting each hundredth of chance wins 0.095 h.
  const least = 0.5 + (1 + leastGainHours) / 9.5;
  expect(waitFor(least - 0.01)).toBe(9);
  expect(waitFor(least + 0.01)).toBe(10);
});

test('without a cost of waiting it is the hour in which a message is read soonest, and of equals the first', () => {
  const habits = habitsOf({ 9: [0.5, 10], 10: [0.6, 10], 11: [0.9, 10], 12: [0.9, 10] });
  expect(bestMoment(habits, from(9, 3), 0).hour).toBe(11);
});

test('whatever the habits, the moment is one of those given, and never a worse one than the first', () => {
  const share = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 1, max: 24, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 25 }), (shares) => {
      const habits = habitsOf(Object.fromEntries(shares.entries()));
      const moments = from(0, shares.length - 1);
      const best = bestMoment(habits, moments, 1);
      const expectedAt = expectedHoursOf(habits);
      const costOf = ({ at, hour }: Moment) => at / hourMs + expectedAt(hour);
      return moments.includes(best) && costOf(best) <= costOf(moments[0]);
    }),
  );
});

test('where all hours are alike nothing ever waits', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 24 }),
      (share, count) => {
        const habits = habitsOf(
          Object.fromEntries(Array.from({ length: count + 1 }, (_, hour) => [hour, [share, 12]])),
        );
        return bestMoment(habits, from(0, count), 1).hour === 0;
      },
    ),
  );
});
