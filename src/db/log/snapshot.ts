import { AppError } from '../../errors.ts';
import type { Position, PositionVector } from '../../protocol/wire/position.ts';
import type { Query } from '../connection/connection.ts';
import { sqlState } from '../connection/errors.ts';
import type { Database, Drizzle } from '../connection/open.ts';
import { type Moved, moveOutbox } from '../outbox/outbox-move.ts';
import type { PostgresEventLog } from './event-log.ts';
import { readHeads } from './heads.ts';

export interface Snapshot<T> {
  readonly data: T;
  /** By the names in the log, in the order asked for. */
  readonly positions: PositionVector;
}

/**
 * The result of `read` and the positions of the channels at that very moment, from one REPEATABLE READ snapshot. A
 * subscriber since these positions misses nothing, and gets nothing that the data shows already: rows of these channels
 * that the snapshot finds in the outbox are moved to the log in its own transaction. `read` may run more than once.
 *
 * Where other writers prevent that again and again, or the database takes no writes, the positions are those of the log
 * alone, and the rows of the outbox follow as well.
 */
export async function readSnapshot<T>(
  database: Database,
  log: PostgresEventLog,
  channels: readonly string[],
  read: (tx: Drizzle) => Promise<T>,
): Promise<Snapshot<T>> {
  for (let attempts = 1; ; attempts++) {
    const moves = attempts < maxAttempts;
    const taken = await take(database, channels, read, moves ? moveAll : undefined);
    if (!taken) {
      await makeWay(database.query, log);
      continue;
    }
    if (taken.moved) log.onRelayed(taken.moved);
    const positions = new Map<string, Position>();
    for (const channel of channels) {
      const head = taken.heads.get(channel);
      // A channel without a publication has no epoch yet: it gets one, which only a later snapshot can see.
      if (head) positions.set(channel, head);
      else await log.head(channel);
    }
    if (positions.size === new Set(channels).size) return { data: taken.data, positions };
  }
}

const maxAttempts = 8;
/** More than this is left to the relay's own batches. */
const batchSize = 500;

interface Taken<T> {
  readonly data: T;
  readonly heads: ReadonlyMap<string, Position>;
  readonly moved: Moved | undefined;
}

type Move = (query: Query, channels: readonly string[]) => Promise<Moved | undefined>;

/** Undefined when another transaction is in the way. */
async function take<T>(
  database: Database,
  channels: readonly string[],
  read: (tx: Drizzle) => Promise<T>,
  move: Move | undefined,
): Promise<Taken<T> | undefined> {
  try {
    return await database.transaction(
      async (tx, query) => {
        const moved = await move?.(query, channels);
        return { moved, heads: await readHeads(query, channels), data: await read(tx) };
      },
      { isolation: 'repeatable read' },
    );
  } catch (error) {
    if (error instanceof Waiting || (move && /^40/.test(sqlState(error) ?? ''))) return undefined;
    const takesNoWrites = error instanceof AppError && /^database_(full|read_only)$/.test(error.code);
    if (move && takesNoWrites) return take(database, channels, read, undefined);
    throw error;
  }
}

/** Rolls the transaction back: not all that it sees in the outbox could be moved. */
class Waiting extends Error {}

const waitingStatement = `select count(*)::integer as count from (
  select from public.realtime_outbox where channel = any($1::text[]) limit ${batchSize + 1}) waiting`;

async function moveAll(query: Query, channels: readonly string[]): Promise<Moved | undefined> {
  const [{ count } = { count: 0 }] = await query<{ count: number }>(waitingStatement, [channels]);
  if (count === 0) return undefined;
  if (count > batchSize) throw new Waiting();
  const moved = await moveOutbox(query, batchSize, channels);
  if (moved.count !== count) throw new Waiting();
  return moved;
}

async function makeWay(query: Query, log: PostgresEventLog): Promise<void> {
  const moved = await moveOutbox(query, batchSize);
  if (moved.count > 0) log.onRelayed(moved);
  else await Bun.sleep(5);
}
