import type { CoreEnvironment, Signal, Undo } from './core-types.ts';
import type { Socket } from './links/link.ts';
import type { Environment } from './types.ts';

/** The globals of a browser, Bun, Node, a worker or React Native; none of them has to exist. */
const world = globalThis as Partial<typeof globalThis>;

/** The events that pages tell of themselves; on a server nothing is registered. */
export function pageSignals(report: (signal: Signal) => void): Undo {
  const undo = new AbortController();
  const { document, navigator } = world;
  const hear = ({ type }: Event) => {
    if (type === 'freeze' || type === 'pagehide') report('leave');
    else if (type !== 'visibilitychange' || !document?.hidden) report('wake');
  };
  const on = (target: EventTarget | undefined, ...types: readonly string[]) => {
    for (const type of types) target?.addEventListener?.(type, hear, { signal: undo.signal });
  };
  on(document, 'visibilitychange', 'freeze', 'resume');
  if (document) on(world as EventTarget, 'online', 'offline', 'pageshow', 'pagehide');
  on((navigator as { connection?: EventTarget } | undefined)?.connection, 'change');
  return () => undo.abort();
}

export const corePlatform: CoreEnvironment = {
  // A link uses the part of a socket that every WebSocket implementation has.
  socket: (url) => new WebSocket(url) as unknown as Socket,
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  signals: pageSignals,
};

/** The part that the whole client needs beside. */
export const pagePlatform: Omit<Environment, keyof CoreEnvironment> = {
  online: () => world.navigator?.onLine !== false,
  fetch: (url, init) => fetch(url, init),
  id: () => world.crypto?.randomUUID?.() ?? `${Math.random()}${Date.now()}`,
  locks: () => world.navigator?.locks,
  broadcast: (name) => new BroadcastChannel(name),
};
