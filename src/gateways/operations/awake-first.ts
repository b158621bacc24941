import { Elysia } from 'elysia';
import type { Idleness } from '../../lib/idleness.ts';

/** Addresses that tell how the process is, and not what happens in it. */
const ofTheProcess = /^https?:\/\/[^/]+\/(health(\/ready)?|ws\/status|metrics)\/?(\?|$)/;

/** A request that finds the process asleep waits until the process has caught up on what was published meanwhile. */
export function awakeFirst(idleness: Pick<Idleness, 'sleeps' | 'isAwake' | 'wake'>) {
  const plugin = new Elysia({ name: 'gateway-awake-first' });
  if (!idleness.sleeps) return plugin;
  // Elysia awaits a hook whose text returns a call.
  return plugin.onRequest(({ request }) => {
    if (idleness.isAwake || ofTheProcess.test(request.url)) return undefined;
    return wait(idleness);
  });
}

async function wait(idleness: Pick<Idleness, 'wake'>): Promise<undefined> {
  await idleness.wake();
  return undefined;
}
