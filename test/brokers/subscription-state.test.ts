import { expect, test } from 'bun:test';
import {
  meanings,
  type SubscriptionEvent,
  type SubscriptionState,
  subscriptionStates,
} from '../../src/brokers/subscription-state.ts';

const states = Object.keys(subscriptionStates) as SubscriptionState[];

/** The meaning of what an event makes of each state that takes it. */
const after = (event: SubscriptionEvent) =>
  states.flatMap((state) => {
    const next = subscriptionStates[state][event];
    return next === null ? [] : [{ before: meanings[state], after: meanings[next] }];
  });

test('whatever the state, a join joins, a leave leaves, and neither changes what the server has confirmed', () => {
  for (const [event, isJoined] of [
    ['join', true],
    ['leave', false],
  ] as const) {
    const found = after(event);
    expect(found).toHaveLength(states.length);
    expect(found.every((each) => each.after.isJoined === isJoined)).toBe(true);
    expect(found.every((each) => each.after.isInForce === each.before.isInForce)).toBe(true);
  }
});

test('whatever the state, no reply of the server and no lost connection changes what this process has joined', () => {
  for (const event of ['ask', 'confirmed', 'refused', 'lost', 'over'] as const) {
    expect(after(event).every((each) => each.after.isJoined === each.before.isJoined)).toBe(true);
  }
});

test('with the connection everything in force is gone, and a confirmation brings what is joined into force', () => {
  expect(after('lost').every((each) => !each.after.isInForce)).toBe(true);
  const joined = after('confirmed').filter(({ before }) => before.isJoined);
  expect(joined.every((each) => each.after.isInForce)).toBe(true);
});
