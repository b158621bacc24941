import { AppError } from '../errors.ts';
import type { Appended, Draft } from '../realtime/ports/event-log.ts';
import { appendAny } from './append.ts';
import type { Query } from './connection.ts';
import { sqlState } from './errors.ts';
import type { Refusal, SourcedDraft } from './row-source.ts';

type AnyDraft = Draft | SourcedDraft;
type Answer = Appended | Refusal;

interface Waiting {
  readonly drafts: readonly AnyDraft[];
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Most drafts of several callers that share a statement; one caller's own list is never split. */
const maxBatch = 500;
/** Their data together, in characters: what is appended together is delivered in one turn, into one send buffer (R4). */
const maxCharacters = 512 * 1024;
const maxConflicts = 10;

/** Told of every append that succeeded: how many publications it held, and how long it took in milliseconds. */
export type OnFlush = (drafts: number, ms: number) => void;

/**
 * One append is in flight per process and what arrives meanwhile shares the next: a batch costs one round trip and one
 * flush of the server's disk, whatever the number of callers.
 */
export class GroupCommit {
  readonly #query: Query;
  readonly #maxBytes: number;
  readonly #onFlush: OnFlush | undefined;
  #waiting: Waiting[] = [];
  #flushing = false;

  constructor(query: Query, maxBytes: number, onFlush?: OnFlush) {
    this.#query = query;
    this.#maxBytes = maxBytes;
    this.#onFlush = onFlush;
  }

  append(drafts: readonly AnyDraft[]): Promise<readonly Answer[]> {
    if (drafts.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ drafts, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      // A turn later, so that callers of the same turn share the first batch too.
      setImmediate(() => void this.#flush());
    });
  }

  /** Never rejects: each failure goes to the callers it belongs to. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#appendTogether(this.#takeBatch());
    this.#flushing = false;
  }

  #takeBatch(): Waiting[] {
    let size = 0;
    let characters = 0;
    const end = this.#waiting.findIndex(({ drafts }, index) => {
      size += drafts.length;
      for (const { data } of drafts) characters += data.length;
      return index > 0 && (size > maxBatch || characters > maxCharacters);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #appendTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const drafts = batch.flatMap((waiting) => waiting.drafts);
      const start = performance.now();
      const answers = await this.#withoutConflict(drafts);
      this.#onFlush?.(drafts.length, performance.now() - start);
      let from = 0;
      for (const { drafts, resolve } of batch) {
        resolve(answers.slice(from, from + drafts.length));
        from += drafts.length;
      }
    } catch (error) {
      const unavailable = error instanceof AppError && error.code === 'database_unavailable';
      // A refused statement did nothing, so each can be tried alone and one bad draft fails only its own caller.
      // After a lost connection the batch may have been committed: trying again could append it twice.
      if (batch.length === 1 || unavailable) for (const { reject } of batch) reject(error);
      else for (const waiting of batch) await this.#appendTogether([waiting]);
    }
  }

  /** Whoever lost the race for an idempotency key sees the winner's publication the next time. */
  async #withoutConflict(drafts: readonly AnyDraft[]): Promise<readonly Answer[]> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        return await appendAny(this.#query, drafts, this.#maxBytes);
      } catch (error) {
        const state = sqlState(error);
        if (conflicts === maxConflicts || (state !== '40001' && state !== '40P01')) throw error;
      }
    }
  }
}
