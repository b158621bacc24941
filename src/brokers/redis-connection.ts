import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

export interface ConnectionEvents {
  onReady(): void;
  /** The connection was lost, or an attempt to make one failed. */
  onLost(): void;
}

/** A connection that comes back by itself, tells each outage once, and never sends anything a second time. */
export function connectRedis(url: string, log: Logger, events: ConnectionEvents): Redis {
  const redis = new Redis(url, {
    // A command that cannot be sent now fails now. A command under way fails with its connection: with any other
    // number some
    // of them are never answered at all when they are not sent again.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 3_000,
    disconnectTimeout: 300,
    retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2),
  });
  let reason: Error | undefined;
  let told = false;
  // Without a listener an error is printed; with one it says no more than the close that follows.
  redis.on('error', (error: Error) => {
    reason = error;
  });
  redis.on('ready', () => {
    if (told) log.info('connected to Redis again');
    told = false;
    reason = undefined;
    events.onReady();
  });
  redis.on('close', () => {
    if (!told && !closing.has(redis)) {
      log.warn(
        { reason: reason?.message ?? 'connection lost' },
        'Redis is not connected; the connection is tried again, and publications are found by the comparison of heads',
      );
    }
    told = true;
    events.onLost();
  });
  return redis;
}

const closing = new WeakSet<Redis>();

/** Resolves when nothing of the connection is left. */
export async function closeRedis(redis: Redis): Promise<void> {
  closing.add(redis);
  const isOpen = ['connecting', 'connect', 'ready'].includes(redis.status);
  const ended = new Promise<void>((resolve) => {
    redis.once('end', resolve);
  });
  redis.disconnect();
  if (isOpen) await ended;
}
