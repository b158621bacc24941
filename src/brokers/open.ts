import type { Query } from '../db/connection/connection.ts';
import type { ListenOptions } from '../db/connection/listener.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import { createMemoryBus } from '../realtime/memory/bus.ts';
import type { ConnectBroker } from '../realtime/ports/broker.ts';
import { createPostgresBroker } from './postgres.ts';

export interface BrokerOptions {
  readonly kind: 'memory' | 'postgres' | 'redis';
  /** `redis://` or `rediss://`; needed by the kind `redis`. */
  readonly redisUrl: string | undefined;
  /** Statements on the database all processes share. */
  readonly query: Query;
  /** The direct address of that database, for LISTEN. */
  readonly databaseUrl: string;
  readonly databaseDriver: NonNullable<ListenOptions['driver']>;
  /** The sleep in which nothing listens. */
  readonly rest?: ListenOptions['rest'];
  readonly log: Logger;
  readonly clock: Clock;
  /** Unique everywhere; names this process to the others. */
  readonly createId: () => string;
}

/** The broker that the configuration names. Connects to nothing yet. */
export async function openBroker(options: BrokerOptions): Promise<ConnectBroker> {
  const { kind, databaseUrl, databaseDriver, redisUrl } = options;
  switch (kind) {
    case 'memory':
      return createMemoryBus();
    case 'postgres':
      return createPostgresBroker({
        ...options,
        listenUrl: databaseUrl,
        driver: databaseDriver,
      });
    case 'redis': {
      if (!redisUrl) throw new Error('The redis broker needs an address.');
      // Loaded only where it is used: it costs memory and start time.
      const { createRedisBroker } = await import('./redis.ts');
      return createRedisBroker({ ...options, url: redisUrl });
    }
  }
}
