import type { Store } from '../stores/store.ts';
import type { Client, ConnectionState } from '../types.ts';

/** The state of a connection as far as a person cares. */
export interface ConnectionSummary {
  /**
   * `live`: changes arrive as they happen. `slow`: they arrive by polls. `connecting`: an attempt is under way.
   * `waiting`: the next attempt is planned. `off`: none is planned; `stopped`: none will help before somebody acts.
   */
  readonly kind: 'live' | 'slow' | 'connecting' | 'waiting' | 'off' | 'stopped';
  readonly transport: ConnectionState['transport'];
  /** When the next attempt is made, in milliseconds since 1970. */
  readonly retryAt: number | null;
  /** The code and the sentence of the failure; null while all is well. */
  readonly code: string | null;
  readonly reason: string | null;
  /** Publications of this client that wait to be sent. */
  readonly pending: number;
}

/** Follows the connection; its value changes only when something in it does. */
export function createConnectionStatus(client: Client): Store<ConnectionSummary> {
  let shown = statusOf(client.state);
  const get = () => {
    const next = statusOf(client.state);
    const isSame = (Object.keys(next) as (keyof ConnectionSummary)[]).every(
      (key) => next[key] === shown[key],
    );
    if (!isSame) shown = next;
    return shown;
  };
  return {
    get,
    subscribe: (notify) =>
      client.on('state', () => {
        const before = shown;
        if (get() !== before) notify();
      }),
  };
}

function statusOf({ status, transport, retryAt, code, reason, pending }: ConnectionState): ConnectionSummary {
  return { kind: kindOf(status, transport, retryAt, code), transport, retryAt, code, reason, pending };
}

function kindOf(
  status: ConnectionState['status'],
  transport: ConnectionState['transport'],
  retryAt: number | null,
  code: string | null,
): ConnectionSummary['kind'] {
  if (status === 'connected') return transport === 'poll' ? 'slow' : 'live';
  if (status === 'connecting') return 'connecting';
  if (retryAt !== null) return 'waiting';
  return code === null ? 'off' : 'stopped';
}
