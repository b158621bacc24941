import type { ChannelState, Client, ConnectionState, Presence, Undo } from '../types.ts';

/** A value that changes. Nothing begins before the first subscriber, and nothing is registered by `get`. */
export interface Store<T> {
  get(): T;
  /** Calls back after each change, until undone. */
  subscribe(notify: () => void): Undo;
}

/** Values before anything began, and on a server; constants, as React compares by identity. */
export const disconnected: ConnectionState = {
  status: 'disconnected',
  transport: null,
  attempt: 0,
  retryAt: null,
  code: null,
  reason: null,
  lastHeardAt: null,
  pending: 0,
};
export const unsubscribed: ChannelState = {
  status: 'unsubscribed',
  position: null,
  recovered: null,
  error: null,
};
export const nobody: Presence = { count: 0, users: [] };

/** The `state` of what has one. */
const stateOf = <T>(
  source: () => { readonly state: T; on(event: 'state', handler: () => void): Undo },
): Store<T> => ({
  get: () => source().state,
  subscribe: (notify) => source().on('state', notify),
});

export const connectionStore = (client: Client): Store<ConnectionState> => stateOf(() => client);

export const channelStateStore = (client: Client, name: string): Store<ChannelState> =>
  stateOf(() => client.channel(name));

export function presenceStore(client: Client, name: string): Store<Presence> {
  let present = nobody;
  return {
    get: () => present,
    subscribe: (notify) =>
      client.channel(name).presence.subscribe((now) => {
        present = now;
        notify();
      }),
  };
}
