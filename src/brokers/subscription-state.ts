import type { StateTable } from '../lib/state-table.ts';

/**
 * A channel at the server. `none`: nobody wants it. `wanted`: joined, and nothing is under way. `asked`: joined, and the
 * confirmation is under way. `held`: joined and confirmed. `dropped`: left while the confirmation is under way. `damped`:
 * left, and still confirmed for a while, since many come back at once.
 */
export type SubscriptionState = 'none' | 'wanted' | 'asked' | 'held' | 'dropped' | 'damped';

/** `lost`: the connection is gone, and all that it held. `over`: nobody came back in time. */
export type SubscriptionEvent = 'join' | 'ask' | 'leave' | 'confirmed' | 'refused' | 'lost' | 'over';

export const subscriptionStates: StateTable<SubscriptionState, SubscriptionEvent> = {
  none: {
    ...{ join: 'wanted', ask: null, leave: 'none' },
    ...{ confirmed: 'none', refused: 'none', lost: 'none', over: null },
  },
  wanted: {
    ...{ join: 'wanted', ask: 'asked', leave: 'none' },
    ...{ confirmed: 'held', refused: 'wanted', lost: 'wanted', over: null },
  },
  asked: {
    ...{ join: 'asked', ask: 'asked', leave: 'dropped' },
    ...{ confirmed: 'held', refused: 'wanted', lost: 'wanted', over: null },
  },
  // It may have been asked for twice: what the second reply says of it is known.
  held: {
    ...{ join: 'held', ask: 'held', leave: 'damped' },
    ...{ confirmed: 'held', refused: 'held', lost: 'wanted', over: null },
  },
  dropped: {
    ...{ join: 'asked', ask: null, leave: 'dropped' },
    ...{ confirmed: 'damped', refused: 'none', lost: 'none', over: null },
  },
  damped: {
    ...{ join: 'held', ask: null, leave: 'damped' },
    ...{ confirmed: 'damped', refused: 'damped', lost: 'none', over: 'none' },
  },
};

/** Whether a channel in this state is joined by this process, and confirmed by the server. */
export const meanings: Readonly<
  Record<SubscriptionState, { readonly isJoined: boolean; readonly isInForce: boolean }>
> = {
  none: { isJoined: false, isInForce: false },
  wanted: { isJoined: true, isInForce: false },
  asked: { isJoined: true, isInForce: false },
  held: { isJoined: true, isInForce: true },
  dropped: { isJoined: false, isInForce: false },
  damped: { isJoined: false, isInForce: true },
};

/** The connection to the server: before the first, while there is one, and between two. */
export type ConnectionState = 'first' | 'up' | 'down';

export const connectionStates: StateTable<ConnectionState, 'connected' | 'lost'> = {
  first: { connected: 'up', lost: 'down' },
  up: { connected: 'up', lost: 'down' },
  down: { connected: 'up', lost: 'down' },
};
