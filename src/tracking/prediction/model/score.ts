import type { EventData } from '../../../extension/delivery-method.ts';
import { priorities } from '../../statuses.ts';

/** The parts of an event that the score looks at. */
export type Scored = Pick<
  EventData,
  'eventType' | 'priority' | 'acknowledgement' | 'actionUrl' | 'sourceUserId' | 'expiresAt'
>;

/** The meanings of the features of an event. */
export const features = {
  always: 'every event: how often events are read at all',
  priority: 'its priority: low is 0, critical is 1',
  asksPerson: 'its type awaits an acknowledgement of the person',
  hasAction: 'it has a link to an action',
  fromPerson: 'a person raised it, and no module',
  expiresSoon: 'it expires within a day after it is sent',
} as const;

/** The features of one event, from 0 to 1 each. */
export type Values = Readonly<Record<string, number>>;

/** A weight of the regression, and the sum of the squares of its gradients, which makes its steps smaller. */
export interface Weight {
  readonly weight: number;
  readonly squares: number;
}
export type Weights = Readonly<Record<string, Weight>>;

const dayMs = 86_400_000;

/** Returns the features of an event that is sent at `now`; those that are absent are 0. Each type has a feature of its own. */
export function featuresOf(event: Scored, now: number): Values {
  const { eventType, priority, acknowledgement, actionUrl, sourceUserId, expiresAt } = event;
  return {
    always: 1,
    priority: (priorities as readonly string[]).indexOf(priority) / (priorities.length - 1),
    asksPerson: acknowledgement === 'person' ? 1 : 0,
    hasAction: actionUrl === null ? 0 : 1,
    fromPerson: sourceUserId === null ? 0 : 1,
    expiresSoon: expiresAt !== null && Date.parse(expiresAt) - now <= dayMs ? 1 : 0,
    [`type:${eventType}`]: 1,
  };
}

/**
 * Returns the probability that an event with these features is read within a day, by logistic regression:
 *
 *     1 / (1 + exp(−Σ weight × feature))
 */
export function scoreOf(weights: Weights, values: Values): number {
  let sum = 0;
  for (const [name, value] of Object.entries(values)) sum += (weights[name]?.weight ?? 0) * value;
  return 1 / (1 + Math.exp(-sum));
}

/** The first step of each weight, and the pull of all weights to 0. */
const rate = 0.3;
const pull = 1e-4;

/**
 * Returns the weights after one more event, which was read within a day or not. The gradient of the logarithmic loss is
 * (score − read) × feature. The step along it is `rate` / √(sum of its squares), as by AdaGrad: J. Duchi, E. Hazan and
 * Y. Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization (2011), so that a feature that
 * is rare, as that of a new type, learns as quickly as one that every event has.
 */
export function learn(weights: Weights, values: Values, isRead: boolean): Weights {
  const error = scoreOf(weights, values) - (isRead ? 1 : 0);
  const next: Record<string, Weight> = { ...weights };
  for (const [name, value] of Object.entries(values)) {
    if (value === 0) continue;
    const { weight, squares } = weights[name] ?? { weight: 0, squares: 0 };
    const gradient = error * value + pull * weight;
    const sum = squares + gradient * gradient;
    next[name] = { weight: sum === 0 ? weight : weight - (rate * gradient) / Math.sqrt(sum), squares: sum };
  }
  return next;
}
