import { expect, test } from 'bun:test';
import {
  features,
  featuresOf,
  learn,
  type Scored,
  scoreOf,
  type Values,
  type Weights,
} from '../../../../src/tracking/prediction/model/score.ts';
import { fc } from '../../../support/property.ts';
import { seededRandom } from '../../../support/random.ts';

const event: Scored = {
  eventType: 'payment_received',
  priority: 'normal',
  acknowledgement: 'person',
  actionUrl: '/pay',
  sourceUserId: null,
  expiresAt: '2026-01-02T00:00:00.000Z',
};
const now = Date.parse('2026-01-01T12:00:00.000Z');
const dayMs = 86_400_000;

test('the features of an event are those that are listed, and one for its type', () => {
  const values = featuresOf(event, now);
  expect(values).toEqual({
    always: 1,
    priority: 0.25,
    asksPerson: 1,
    hasAction: 1,
    fromPerson: 0,
    expiresSoon: 1,
    'type:payment_received': 1,
  });
  expect(Object.keys(values).filter((name) => !name.startsWith('type:'))).toEqual(Object.keys(features));
  expect(featuresOf({ ...event, priority: 'critical', expiresAt: null }, now - dayMs)).toMatchObject({
    priority: 1,
    expiresSoon: 0,
  });
});

test('the score is the logistic function of the weighted sum; without weights it is a half', () => {
  const weights = { always: { weight: -1, squares: 0 }, priority: { weight: 2, squares: 0 } };
  expect(scoreOf(weights, { always: 1, priority: 0.25 })).toBeCloseTo(1 / (1 + Math.exp(0.5)), 15);
  expect(scoreOf({}, { always: 1 })).toBe(0.5);
});

test('a step goes along the gradient of the logarithmic loss, as finite differences have it', () => {
  const value = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(
      value,
      value,
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      fc.boolean(),
      (one, other, x, isRead) => {
        const values: Values = { one: 1, other: x };
        const lossAt = (first: number, second: number) => {
          const score = scoreOf(
            { one: { weight: first, squares: 0 }, other: { weight: second, squares: 0 } },
            values,
          );
          return -Math.log(isRead ? score : 1 - score);
        };
        const step = 1e-5;
        const slope = (lossAt(one, other + step) - lossAt(one, other - step)) / (2 * step);
        // With so large a sum of squares the step is the gradient times a constant.
        const squares = 1e12;
        const weights: Weights = { one: { weight: one, squares }, other: { weight: other, squares } };
        const moved = (learn(weights, values, isRead)['other']?.weight ?? 0) - other;
        expect((moved * 1e6) / -0.3).toBeCloseTo(slope, 2);
      },
    ),
  );
});

/** Learns from many events of one of two kinds, read with these probabilities. */
function trained(chances: readonly [number, number]): Weights {
  const random = seededRandom(7);
  let weights: Weights = {};
  for (let n = 0; n < 40_000; n++) {
    const isOther = random() < 0.5;
    const values = isOther ? { always: 1, other: 1 } : { always: 1 };
    weights = learn(weights, values, random() < chances[isOther ? 1 : 0]);
  }
  return weights;
}
const logOdds = (chance: number) => Math.log(chance / (1 - chance));

test('the weights come to the closed form: the log-odds, and the logarithm of the odds ratio', () => {
  const weights = trained([0.3, 0.8]);
  expect(weights['always']?.weight).toBeCloseTo(logOdds(0.3), 1);
  expect(weights['other']?.weight).toBeCloseTo(logOdds(0.8) - logOdds(0.3), 1);
  expect(scoreOf(weights, { always: 1 })).toBeCloseTo(0.3, 1);
  expect(scoreOf(weights, { always: 1, other: 1 })).toBeCloseTo(0.8, 1);
});

test('an absent feature keeps its weight, and no step makes a weight that is no number', () => {
  const weights = { a: { weight: 0.5, squares: 1 } };
  expect(learn(weights, { a: 0, b: 1 }, true)).toEqual({ ...weights, b: { weight: 0.3, squares: 0.25 } });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 200 }), (events) => {
      let learned: Weights = {};
      for (const [has, isRead] of events) learned = learn(learned, { always: 1, has: has ? 1 : 0 }, isRead);
      return Object.values(learned).every(({ weight }) => Number.isFinite(weight));
    }),
  );
});
