import { type Bell, createBell } from '../../lib/bell.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { Query } from '../connection/connection.ts';
import { QueryError } from '../connection/errors.ts';
import { namespaceRenewalMs, registerNamespaces } from './namespaces.ts';
import { buryFirst, type DeadLetter, type Moved, moveOutbox, takeUnreported } from './outbox-move.ts';

/** Between two looks at rows that another process is moving. Milliseconds. */
const busyMs = 5;
/** Between two attempts while the database is away. Milliseconds. */
const outageMs = 1_000;

export interface OutboxRelayOptions {
  readonly database: { readonly query: Query };
  /**
   * The namespaces of this process: by name, how many segments follow in the log. Without one, no channel is judged.
   */
  readonly namespaces?: ReadonlyMap<string, number>;
  /** Between two looks, asked before each; 50 ms when left out. */
  readonly intervalMs?: () => number;
  /** Called when the time of a lease is over. */
  readonly onLeaseOver?: () => void;
  /** Rows moved in one statement; 500 when left out. */
  readonly batchSize?: number;
  /** Delivers what is in the log now, and tells of what is not (see {@link reportDeadLetters}). */
  readonly onMoved: (moved: Moved) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface OutboxRelay extends AsyncDisposable {
  /** Has it look now, however long its interval is. */
  look(): void;
  /** Resolves when everything that waited at the time of the call is in the log. Rejects when the database is away. */
  catchUp(): Promise<void>;
}

/**
 * Moves what transactions dropped into realtime_outbox to the log (R5). Every process runs one; the statement's lock
 * lets one at a time work, and any of them takes over at once. What was moved and could not be announced, because the
 * process died in between, is found by the comparison of heads.
 *
 * The look finds dead letters of triggers and leases that are over too, so that a process that has nothing to do asks
 * one question. The timer alone wakes it (R7): a NOTIFY in the application's transaction would make its commit wait for
 * every other that notifies, and fail PREPARE TRANSACTION. A look at an empty outbox reads one page of an index.
 */
export function startOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const ending = new AbortController();
  const bell = createBell(options.clock, ending.signal);
  const running = run(options, bell, ending.signal);
  return {
    look: () => bell.ring(),
    catchUp: () => catchUp(options),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}

/** Another process may be moving the same rows: they are gone when it is done. */
async function catchUp({ database, batchSize = 500, onMoved, clock }: OutboxRelayOptions): Promise<void> {
  while ((await look(database.query)).outbox) {
    const moved = await moveOrIsolate(database.query, batchSize);
    if (moved.count > 0) onMoved(moved);
    else await new Promise<void>((resolve) => clock.after(busyMs, resolve));
  }
}

/** One line for each row that is in realtime_dead_letters now. */
export function reportDeadLetters(dead: readonly DeadLetter[], log: Logger): void {
  for (const { id, channel, reason } of dead) {
    log.error(
      { deadLetter: id, channel, reason },
      'a publication fits no channel; it is kept in realtime_dead_letters',
    );
  }
}

async function run(options: OutboxRelayOptions, bell: Bell, signal: AbortSignal): Promise<void> {
  const { database, namespaces = new Map(), intervalMs = () => 50, batchSize = 500, clock, log } = options;
  let down = false;
  let named = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const woken = bell.arm(intervalMs());
    try {
      if (clock.now() - named >= namespaceRenewalMs) {
        await registerNamespaces(database.query, namespaces);
        named = clock.now();
      }
      const found = await look(database.query);
      if (found.letters) reportDeadLetters(await takeUnreported(database.query), log);
      if (found.leases) options.onLeaseOver?.();
      const moved = found.outbox ? await moveOrIsolate(database.query, batchSize) : undefined;
      if (moved && moved.count > 0) options.onMoved(moved);
      if (down) log.info('the outbox is read again');
      down = false;
      if (moved?.isFull) continue;
    } catch (error) {
      // Once per outage, however many attempts it takes.
      if (!down)
        log.warn(
          { err: error },
          'relay could not read the outbox; its publications wait, and the read is tried again',
        );
      down = true;
      await bell.arm(outageMs);
    }
    await woken;
  }
}

/** The work of every process, and whether any of it waits. */
interface Waiting {
  readonly outbox: boolean;
  readonly letters: boolean;
  readonly leases: boolean;
}

/** Each by the first entry of an index. */
const lookStatement = `select
  (select true from public.realtime_outbox order by id limit 1) is not null as outbox,
  (select true from public.realtime_dead_letters where not is_reported order by id limit 1) is not null as letters,
  coalesce((select expires_at from public.realtime_leases order by expires_at limit 1) <= now(), false) as leases`;

export async function look(query: Query): Promise<Waiting> {
  const [found] = await query<Waiting & Record<string, unknown>>(lookStatement, [], 'prepared');
  if (!found) throw new Error('The look for what waits returned no row.');
  return found;
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
