import { createBell } from '../../lib/bell.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { Query } from '../connection/connection.ts';
import { QueryError } from '../connection/errors.ts';
import { namespaceRenewalMs, registerNamespaces } from './namespaces.ts';
import { buryFirst, type DeadLetter, type Moved, moveOutbox, takeUnreported } from './outbox-move.ts';

/** Between two attempts while the database is away. Milliseconds. */
const outageMs = 1_000;
/** Between two looks for the dead letters of triggers. Milliseconds. */
const reportMs = 1_000;

export interface OutboxRelayOptions {
  readonly database: { readonly query: Query };
  /** The namespaces of this process: by name, how many segments follow in the log. Without one, no channel is judged. */
  readonly namespaces?: ReadonlyMap<string, number>;
  /** Between two looks; 50 ms when left out. */
  readonly intervalMs?: number;
  /** Rows moved in one statement; 500 when left out. */
  readonly batchSize?: number;
  /** Delivers what is in the log now, and tells of what is not (see {@link reportDeadLetters}). */
  readonly onMoved: (moved: Moved) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Moves what transactions dropped into realtime_outbox to the log (R5). Every process runs one; the statement's lock
 * lets one at a time work, and any of them takes over at once. What was moved and could not be announced, because the
 * process died in between, is found by the comparison of heads.
 *
 * The timer alone wakes it (R7): a NOTIFY in the application's transaction would make its commit wait for every other
 * that notifies, and fail PREPARE TRANSACTION. A look at an empty outbox reads one page of an index.
 */
export function startOutboxRelay(options: OutboxRelayOptions): AsyncDisposable {
  const ending = new AbortController();
  const running = run(options, ending.signal);
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}

/** One line for each row that is in realtime_dead_letters now. */
export function reportDeadLetters(dead: readonly DeadLetter[], log: Logger): void {
  for (const { id, channel, reason } of dead) {
    log.error(
      { deadLetter: id, channel, reason },
      'a publication fits no channel: kept in realtime_dead_letters',
    );
  }
}

async function run(options: OutboxRelayOptions, signal: AbortSignal): Promise<void> {
  const { database, namespaces = new Map(), intervalMs = 50, batchSize = 500, clock, log, onMoved } = options;
  const bell = createBell(clock, signal);
  let down = false;
  let named = Number.NEGATIVE_INFINITY;
  let looked = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const woken = bell.arm(intervalMs);
    try {
      if (clock.now() - named >= namespaceRenewalMs) {
        await registerNamespaces(database.query, namespaces);
        named = clock.now();
      }
      if (clock.now() - looked >= reportMs) {
        looked = clock.now();
        reportDeadLetters(await takeUnreported(database.query), log);
      }
      const moved = await moveWaiting(database.query, batchSize);
      if (moved && moved.count > 0) onMoved(moved);
      if (down) log.info('the outbox is read again');
      down = false;
      if (moved?.isFull) continue;
    } catch (error) {
      // Once per outage, however many attempts it takes.
      if (!down) log.warn({ err: error }, 'the outbox could not be read, trying again');
      down = true;
      await bell.arm(outageMs);
    }
    await woken;
  }
}

/** Undefined where nothing waits. */
export async function moveWaiting(query: Query, batchSize: number): Promise<Moved | undefined> {
  const waiting = await query('select from public.realtime_outbox order by id limit 1', [], 'prepared');
  return waiting.length > 0 ? moveOrIsolate(query, batchSize) : undefined;
}

/** One row that the log refuses must not hold up the others: row by row, the culprit is put aside. */
async function moveOrIsolate(query: Query, batchSize: number): Promise<Moved> {
  try {
    return await moveOutbox(query, batchSize);
  } catch (error) {
    // Conflicts pass; anything else the server refused comes again with the same rows.
    if (!(error instanceof QueryError) || error.sqlState.startsWith('40')) throw error;
    if (batchSize > 1) return { ...(await moveOrIsolate(query, 1)), isFull: true };
    const dead: DeadLetter | undefined = await buryFirst(query, error.message);
    return { count: 1, isFull: true, publications: [], dead: dead ? [dead] : [], lagMs: 0 };
  }
}
