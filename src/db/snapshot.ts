import type { Position, PositionVector } from '../protocol/position.ts';
import { type PostgresEventLog, readHeads } from './event-log.ts';
import type { Database, Drizzle } from './open.ts';

export interface Snapshot<T> {
  readonly data: T;
  /** By the names in the log, in the order asked for. */
  readonly positions: PositionVector;
}

/**
 * What `read` sees, and where the channels stood at that very moment, from one REPEATABLE READ snapshot. Who subscribes
 * since these positions misses and repeats nothing that was published in the transaction that changed the rows; what
 * goes through the outbox may be both in the data and in what follows. `read` may run more than once.
 */
export async function readSnapshot<T>(
  database: Database,
  log: PostgresEventLog,
  channels: readonly string[],
  read: (tx: Drizzle) => Promise<T>,
): Promise<Snapshot<T>> {
  for (;;) {
    const { data, heads } = await database.transaction(
      async (tx, query) => ({ heads: await readHeads(query, channels), data: await read(tx) }),
      { isolation: 'repeatable read' },
    );
    const positions = new Map<string, Position>();
    for (const channel of channels) {
      const head = heads.get(channel);
      // A channel without a publication has no epoch yet: it gets one, which only a later snapshot can see.
      if (head) positions.set(channel, head);
      else await log.head(channel);
    }
    if (positions.size === new Set(channels).size) return { data, positions };
  }
}
