import type { Socket } from './links/link.ts';
import type { Environment, Signal, Undo } from './types.ts';

/** The globals of a browser, Bun, Node, a worker or React Native; none of them has to exist. */
const world = globalThis as Partial<typeof globalThis>;

/** What pages tell of themselves; on a server nothing is registered. */
export function pageSignals(report: (signal: Signal) => void): Undo {
  const undo = new AbortController();
  const { document, navigator } = world;
  const on = (target: EventTarget | undefined, type: string, run: (event: Event) => void) =>
    target?.addEventListener?.(type, run, { signal: undo.signal });
  const wake = () => report('wake');
  on(document, 'visibilitychange', () => {
    if (document?.visibilityState === 'visible') wake();
  });
  on(document, 'freeze', () => report('leave'));
  on(document, 'resume', wake);
  if (document) {
    for (const type of ['online', 'offline', 'pageshow']) on(world as EventTarget, type, wake);
    on(world as EventTarget, 'pagehide', () => report('leave'));
  }
  on((navigator as { connection?: EventTarget } | undefined)?.connection, 'change', wake);
  return () => undo.abort();
}

export const platform: Environment = {
  fetch: (url, init) => fetch(url, init),
  // Of what a socket has, a link uses the little that every WebSocket of the world has.
  socket: (url) => new WebSocket(url) as unknown as Socket,
  now: () => Date.now(),
  random: () => Math.random(),
  online: () => world.navigator?.onLine !== false,
  id: () =>
    world.crypto?.randomUUID?.() ?? `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`,
  locks: () => world.navigator?.locks,
  broadcast: (name) => new BroadcastChannel(name),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  signals: pageSignals,
};
