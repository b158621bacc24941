import type { Random } from '../../test/support/random.ts';

/** The facts that every client of a soak knows. */
export interface World {
  readonly random: Random;
  /** `http://127.0.0.1:port` of one of the servers, by chance. */
  readonly url: () => string;
  /** A user nobody else is. */
  readonly newUser: () => string;
  /** An `open:` channel that publications flow in, by chance. */
  readonly channel: () => string;
  /** A position of the recent past of that channel; undefined before its first publication. */
  readonly since: (channel: string) => string | undefined;
  /** Publications were received out of order or twice on one connection. */
  readonly disordered: (what: string) => void;
}

/** One way in which a client comes, stays and goes. Rejects when the server did not do what it should. */
export interface Life {
  readonly name: string;
  /** Its frequency, compared with the others. */
  readonly weight: number;
  readonly live: (world: World) => Promise<void>;
}

/** The channel whose publications are big enough to fill a slow reader's buffers. */
export const floodChannel = 'flood:1';

export function socketUrl(url: string): string {
  return `${url.replace('http', 'ws')}/ws/realtime`;
}

/** A while from `from` to `to` milliseconds: how long clients stay is the load itself. */
export function stay({ random }: World, from: number, to: number): Promise<void> {
  return Bun.sleep(from + random() * (to - from));
}

export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** The promise, or a rejection that says what did not happen in time. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: not within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks that the publications of one connection follow one another in each channel. */
export function checkOrder(world: World, items: readonly object[], who: string): void {
  const last = new Map<string, number>();
  for (const item of items) {
    const { channel, offset } = item as { readonly channel: string; readonly offset?: number };
    if (offset === undefined) continue;
    const before = last.get(channel);
    if (before !== undefined && offset !== before + 1) {
      world.disordered(`${who}: ${channel} ${before} → ${offset}`);
    }
    last.set(channel, offset);
  }
}
