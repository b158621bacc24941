import { describe, expect, test } from 'bun:test';
import {
  chancesOf,
  type GroupTally,
  type Habits,
  hoursOfWeek,
  lateHoursAt,
  sameHours,
  shrunk,
  standingOf,
  strengths,
  type Tally,
} from '../../../../src/tracking/prediction/model/chances.ts';
import { fc } from '../../../support/property.ts';

const nobody: GroupTally = { sent: 0, read: 0, lateHours: 0 };
const nothing: Habits = { all: nobody, school: new Map(), role: new Map(), person: new Map() };

describe('the mean of a Beta-binomial posterior', () => {
  test('is that of the closed form', () => {
    // Beta(1, 1) and 7 of 10: Beta(8, 4), of the mean 8/12.
    expect(shrunk({ sent: 10, read: 7 }, 1 / 2, 2)).toBeCloseTo(8 / 12, 15);
    // Beta(2, 8) and 5 of 10: Beta(7, 13), of the mean 7/20.
    expect(shrunk({ sent: 10, read: 5 }, 0.2, 10)).toBeCloseTo(0.35, 15);
    // The placenta praevia example of Gelman et al., section 2.4: 437 girls of 980 births, Beta(1, 1).
    expect(shrunk({ sent: 980, read: 437 }, 1 / 2, 2)).toBeCloseTo(438 / 982, 15);
    // Table 2.1 there: the prior of the mean 0.485 and the weight 20.
    expect(shrunk({ sent: 980, read: 437 }, 0.485, 20)).toBeCloseTo(0.447, 3);
  });

  test('is that of the density, integrated', () => {
    const [a, b] = [3.5, 6.5];
    const { read, sent } = { read: 4, sent: 9 };
    let [mass, moment] = [0, 0];
    for (let step = 0; step < 100_000; step++) {
      const chance = (step + 0.5) / 100_000;
      const density = chance ** (a - 1 + read) * (1 - chance) ** (b - 1 + sent - read);
      mass += density;
      moment += chance * density;
    }
    expect(shrunk({ sent, read }, a / (a + b), a + b)).toBeCloseTo(moment / mass, 8);
  });
});

describe('the chance of a person', () => {
  test('without any messages is that of the prior', () => {
    expect(chancesOf(nothing)(0)).toBe(1 / 2);
  });

  test('who was sent nothing is that of the role in this hour', () => {
    const role = new Map([[9, { sent: 1e9, read: 0.3e9, lateHours: 0 }]]);
    const habits = { ...nothing, role };
    expect(chancesOf(habits)(9)).toBeCloseTo(0.3, 6);
    expect(chancesOf(habits)(10)).toBe(1 / 2);
  });

  test('is the chain of posteriors, worked out by hand', () => {
    const habits: Habits = {
      all: { sent: 8, read: 3, lateHours: 0 },
      school: new Map([[33, { sent: 10, read: 6, lateHours: 0 }]]),
      role: new Map([[33, { sent: 40, read: 10, lateHours: 0 }]]),
      // Tuesday and Wednesday at nine.
      person: new Map([
        [33, { sent: 4, read: 3 }],
        [57, { sent: 2, read: 1 }],
      ]),
    };
    const all = (3 + 1) / (8 + 2);
    const { school, role, standing, day, person } = strengths;
    const ofSchool = (school * all + 6) / (school + 10);
    const ofRole = (role * ofSchool + 10) / (role + 40);
    const ofRoleOnWednesday = all;
    const ratio = (standing + 4) / (standing + 4 * ofRole + 2 * ofRoleOnWednesday);
    const ofPerson = (ratio * ofRole) / (1 - ofRole + ratio * ofRole);
    const ofDay = (day * ofPerson + 4) / (day + 6);
    expect(standingOf(habits)).toBeCloseTo(ratio, 12);
    expect(chancesOf(habits)(33)).toBeCloseTo((person * ofDay + 3) / (person + 4), 12);
  });

  test('comes to the share of the person with many messages', () => {
    const person = new Map([[20, { sent: 1e7, read: 0.9e7 }]]);
    const role = new Map([[20, { sent: 1e5, read: 0.1e5, lateHours: 0 }]]);
    expect(chancesOf({ ...nothing, role, person })(20)).toBeCloseTo(0.9, 4);
  });

  const tally = fc
    .record({
      sent: fc.double({ min: 0, max: 1e4, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ sent, share }): GroupTally => ({ sent, read: sent * share, lateHours: sent * (1 - share) * 5 }));
  const week = fc
    .array(fc.tuple(fc.nat(hoursOfWeek - 1), tally), { maxLength: 30 })
    .map((each) => new Map(each));
  const habits = fc.record({ all: tally, school: week, role: week, person: week });
  const hour = fc.nat(hoursOfWeek - 1);

  test('is a probability, whatever was counted', () => {
    fc.assert(
      fc.property(habits, hour, (given, at) => {
        const chance = chancesOf(given)(at);
        return chance >= 0 && chance <= 1;
      }),
    );
  });

  test('does not fall when one more message of the only hour is read, and does not rise when one is not', () => {
    fc.assert(
      fc.property(habits, tally, hour, (given, { sent, read }, at) => {
        const chanceWith = (only: Tally) => chancesOf({ ...given, person: new Map([[at, only]]) })(at);
        const before = chanceWith({ sent, read });
        const oneMore = chanceWith({ sent: sent + 1, read: read + 1 });
        return oneMore >= before - 1e-9 && chanceWith({ sent: sent + 1, read }) <= before + 1e-9;
      }),
    );
  });

  test('lies between the widest and the narrowest level', () => {
    fc.assert(
      fc.property(
        tally,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (given, mean, strength) => {
          const share = given.sent === 0 ? mean : given.read / given.sent;
          const found = shrunk(given, mean, strength);
          return found >= Math.min(mean, share) - 1e-9 && found <= Math.max(mean, share) + 1e-9;
        },
      ),
    );
  });
});

test('the hours until a missed message is read are the mean of the missed ones, shrunk', () => {
  const role = new Map([[9, { sent: 100, read: 40, lateHours: 300 }]]);
  const all = { sent: 10, read: 8, lateHours: 12 };
  const ofAll = (12 + 12) / (1 + 2);
  expect(lateHoursAt({ ...nothing, all }, 9)).toBeCloseTo(ofAll, 12);
  expect(lateHoursAt({ ...nothing, all, role }, 9)).toBeCloseTo(
    (strengths.late * ofAll + 300) / (strengths.late + 60),
    12,
  );
});

test('the same hours are those of the workdays, or of the weekend', () => {
  expect(sameHours(9)).toEqual([9, 33, 57, 81, 105]);
  expect(sameHours(5 * 24 + 9)).toEqual([129, 153]);
  expect(sameHours(167)).toEqual([143, 167]);
});
