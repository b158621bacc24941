import { type Bell, createBell } from '../lib/bell.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { Publication } from '../protocol/publication.ts';
import type { Query } from './connection.ts';
import type { DriverName } from './driver.ts';
import { QueryError } from './errors.ts';
import { listen } from './listener.ts';
import { buryFirst, type DeadLetter, type Moved, moveOutbox } from './outbox-move.ts';

export interface OutboxRelayOptions {
  readonly database: { readonly query: Query };
  /** Where LISTEN works; undefined: the timer alone wakes the relay. */
  readonly listenUrl: string | undefined;
  readonly driver?: DriverName | 'auto';
  /** What was dropped without a word is found within this time; 1,000 ms when left out. */
  readonly intervalMs?: number;
  /** Rows moved in one statement; 500 when left out. */
  readonly batchSize?: number;
  /** Delivers what is in the log now, such as the manager's `announce`. */
  readonly onAppended: (publications: readonly Publication[]) => void;
  /** Milliseconds the oldest row of a batch had waited. */
  readonly onLag?: (lagMs: number) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Moves what transactions dropped into realtime_outbox to the log (R5). Every process runs one; the statement's lock
 * lets one at a time work, and any of them takes over at once. What was moved and could not be announced, because the
 * process died in between, is found by the comparison of heads.
 */
export function startOutboxRelay(options: OutboxRelayOptions): AsyncDisposable {
  const { listenUrl, driver = 'auto', clock, log } = options;
  const ending = new AbortController();
  const bell = createBell(clock, ending.signal);
  if (!listenUrl)
    log.info('the address is a pooler’s, which keeps no LISTEN: the outbox is read by the timer alone');
  const listener = listenUrl
    ? listen({
        url: listenUrl,
        driver,
        channels: ['realtime_outbox'],
        onNotification: bell.ring,
        // What was dropped while nobody listened.
        onConnected: bell.ring,
        log,
        clock,
        signal: ending.signal,
      })
    : undefined;
  const running = run(options, bell, ending.signal);
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await Promise.all([running, listener?.ended]);
    },
  };
}

async function run(options: OutboxRelayOptions, bell: Bell, signal: AbortSignal): Promise<void> {
  const { log, intervalMs = 1_000, batchSize = 500 } = options;
  let down = false;
  while (!signal.aborted) {
    // Armed before the look, so that what is dropped during it counts.
    const woken = bell.arm(intervalMs);
    try {
      const { isFull } = await moveOnce(options, batchSize);
      if (down) log.info('the outbox is read again');
      down = false;
      if (isFull) continue;
    } catch (error) {
      // Once per outage, however many attempts it takes.
      if (!down) log.warn({ err: error }, 'the outbox could not be read, trying again');
      down = true;
    }
    await woken;
  }
}

async function moveOnce(options: OutboxRelayOptions, batchSize: number): Promise<Moved> {
  const { database, onAppended, onLag, log } = options;
  const moved = await moveOrIsolate(database.query, batchSize);
  for (const { id, reason } of moved.dead) {
    log.error({ deadLetter: id, reason }, 'an outbox row cannot be published: kept in realtime_dead_letters');
  }
  if (moved.publications.length > 0) onAppended(moved.publications);
  if (moved.count > 0) onLag?.(moved.lagMs);
  return moved;
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
