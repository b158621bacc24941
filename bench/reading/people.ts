import { hoursOfWeek } from '../../src/tracking/prediction/model/chances.ts';
import { seededRandom } from '../../test/support/random.ts';

/** A number of the normal distribution of mean 0 and deviation 1: Box and Muller. */
const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const roles = ['parent', 'student', 'teacher', 'principal'] as const;
export type Role = (typeof roles)[number];

/** People of a simulated school. */
export interface Person {
  readonly role: Role;
  /** The inclination, as log-odds, to read a message within the hour, by hour of the week in which it is sent. */
  readonly inclination: readonly number[];
}

const share: Readonly<Record<Role, number>> = { parent: 0.64, student: 0.25, teacher: 0.09, principal: 0.02 };

/** Log-odds by hour of day: from, to, and how likely a message is read then. The last that fits counts. */
const workdays: Readonly<Record<Role, readonly (readonly [number, number, number])[]>> = {
  parent: [
    [0, 24, -2.6],
    [0, 6, -4.5],
    [6, 8, -0.4],
    [12, 14, -0.2],
    [17, 19, -0.6],
    [19, 22, 0.6],
  ],
  student: [
    [0, 24, -3.2],
    [0, 6, -5],
    [6, 8, -0.8],
    [13, 14, -0.6],
    [15, 18, 0.5],
    [18, 23, 0.9],
  ],
  teacher: [
    [0, 24, -2.2],
    [0, 6, -4.5],
    [7, 8, 0.4],
    [10, 11, 0.2],
    [13, 14, 0.5],
    [16, 18, 0.3],
    [20, 22, -0.6],
  ],
  principal: [
    [0, 24, -2.5],
    [0, 6, -4.5],
    [7, 18, -0.3],
    [20, 22, -0.8],
  ],
};
const weekends: readonly (readonly [number, number, number])[] = [
  [0, 24, -1.2],
  [0, 8, -4.5],
  [10, 12, -0.4],
  [18, 22, -0.2],
];

/** The differences between people: as log-odds of all hours, as log-odds of each hour of the day, and as hours by which their day is shifted. */
const differing = { level: 0.8, hour: 0.5, shift: 1.2 };

/** Makes the people of a school; those of `flat` read as likely at any hour. */
export function makePeople(count: number, seed: number, flat = false): readonly Person[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const role = roleAt((index + 0.5) / count);
    const level = normal(random) * differing.level;
    const shift = Math.round(normal(random) * differing.shift);
    const own = Array.from({ length: 24 }, () => normal(random) * differing.hour);
    const inclination = Array.from({ length: hoursOfWeek }, (_, hour) => {
      if (flat) return level - 1.2;
      const time = hour % 24;
      const curve = hour < 5 * 24 ? workdays[role] : weekends;
      return valueAt(curve, (time - shift + 24) % 24) + level + (own[time] ?? 0);
    });
    return { role, inclination };
  });
}

function roleAt(place: number): Role {
  let sum = 0;
  for (const role of roles) {
    sum += share[role];
    if (place < sum) return role;
  }
  return 'principal';
}

const valueAt = (curve: readonly (readonly [number, number, number])[], time: number) =>
  curve.findLast(([from, to]) => time >= from && time < to)?.[2] ?? 0;
