import type { Client, Undo } from '../types.ts';

/** The number of holders of a client, and the end that is due when there is none. */
const holders = new WeakMap<object, { count: number; end?: ReturnType<typeof setTimeout> }>();

/** A page that is left and entered again keeps its connection, as it keeps its channels. */
const lingerMs = 2_000;

/** Connects the client while somebody holds it, and two seconds longer. It is not closed: that is up to its owner. */
export function hold(client: Client): Undo {
  const held = holders.get(client) ?? { count: 0 };
  holders.set(client, held);
  clearTimeout(held.end);
  if (held.count++ === 0) client.connect();
  return () => {
    if (--held.count === 0) held.end = setTimeout(client.disconnect, lingerMs);
  };
}
