import { sql } from 'drizzle-orm';
import type { Appended, Draft } from '../../realtime/ports/event-log.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import type { Database, Drizzle } from '../connection/open.ts';
import { appendWithin } from './append.ts';
import { once } from './once.ts';

/** A transaction that has committed, and what it published. */
export interface Committed<T> {
  readonly result: T;
  /** In the order in which they were appended; not yet delivered. */
  readonly publications: readonly Appended[];
  /**
   * True when the request was carried out before: `result` and `publications` are those of the first time, without
   * data.
   */
  readonly repeated: boolean;
}

/**
 * R5: runs `work` in a transaction and appends its drafts right before the commit, in one statement; `Publisher` is the
 * caller, and delivers them. `appendNow` appends drafts at once, for rows of the same transaction that keep the offset. When
 * `work` throws, or the commit fails, nothing of either is left. `work` may run more than once (see
 * `Database.transaction`); publishing appends nothing by itself.
 *
 * Triggers that `bun run db:triggers` installed publish nothing of it: it publishes itself what it changes.
 *
 * With a `request` key, `work` runs once for each request (see `once`); its result must be JSON. Publications whose own
 * idempotency keys are all known roll `work` back too: it was done the first time, whose publications are returned.
 *
 * For a caller that returns the offset or whose readers must not wait for the relay. From the append to the end
 * of the commit, one round trip, the other publishers of these channels wait; where that or the answer does not
 * matter, `publishLater` costs them nothing.
 */
export async function appendInTransaction<T>(
  database: Database,
  work: (tx: Drizzle, append: (draft: Draft) => void, appendNow: AppendNow) => Promise<T>,
  request?: RequestKey,
): Promise<Committed<T>> {
  const before: { committed?: Committed<T> } = {};
  try {
    return await database.transaction(
      async (tx, query) => {
        let publications: readonly Appended[] = [];
        const answer = await once(query, request, async () => {
          const drafts: Draft[] = [];
          const early: Appended[] = [];
          const result = await work(
            tx,
            (draft) => drafts.push(draft),
            async (now) => {
              const appended = await appendWithin(query, now);
              early.push(...appended);
              return appended;
            },
          );
          publications = [...early, ...(await appendWithin(query, drafts))];
          if (isRepetition(publications)) {
            before.committed = { result, publications, repeated: true };
            throw new Error('All of it was published before.');
          }
          return { result, places: publications.map(placeOf) };
        });
        const { result, places } = answer.result;
        return { result, publications: answer.repeated ? places : publications, repeated: answer.repeated };
      },
      { triggers: 'silent' },
    );
  } catch (error) {
    if (before.committed) return before.committed;
    throw error;
  }
}

type AppendNow = (drafts: readonly Draft[]) => Promise<readonly Appended[]>;

/** A publication that a transaction leaves to the relay; the log gives it its id. */
export interface LaterPublication {
  /** The channel in the log. */
  readonly channel: string;
  readonly type: string;
  readonly eventType?: string;
  /** Any JSON value, of at most 131,072 bytes. */
  readonly data: unknown;
}

/**
 * R5: publishes when the transaction commits, from any point of it, any number of times, without a lock on the
 * channels. The relay appends a moment later, in the order of these calls. Rejects with SQLSTATE 22023 what the log
 * would not take.
 */
export async function publishLater(tx: Drizzle, publication: LaterPublication): Promise<void> {
  const { channel, type, eventType = null, data } = publication;
  const json = JSON.stringify(data) ?? 'null';
  // The form of realtime_publish that keeps the data letter by letter.
  await tx.execute(sql`select public.realtime_enqueue(${channel}, ${type}, ${eventType}, ${json}::json)`);
}

/** A publication as the answer to a repeated request has it: the log holds its data. */
const placeOf = (publication: Appended): Appended => ({ ...publication, data: 'null', repeated: true });

function isRepetition(publications: readonly Appended[]): boolean {
  return publications.length > 0 && publications.every(({ repeated }) => repeated);
}
