import type { Appended, Draft } from '../../realtime/ports/event-log.ts';
import type { Query } from '../connection/connection.ts';
import { sqlState } from '../connection/errors.ts';
import type { Refusal, SourcedDraft } from '../triggers/row-source.ts';
import { appendAny } from './append.ts';
import { Batching } from './batching/batching.ts';

type AnyDraft = Draft | SourcedDraft;
type Answer = Appended | Refusal;

/** In characters of data: what is appended together is delivered in one turn, into one send buffer (R4). */
const maxCost = 512 * 1024;
/** The cost of a draft besides its data: some five hundred share a statement. */
const draftCost = 1024;
const maxConflicts = 10;
/** Callers that share each statement; see `Gathering`. */
const mostGathered = 16;

/** Limits of rows that are read while they are appended; see `appendAny`. */
interface RowLimits {
  readonly maxBytes: number;
  readonly zone: string;
}

/** Told of every append that succeeded: how many publications it held, and how long it took in milliseconds. */
export type OnFlush = (drafts: number, ms: number) => void;

/**
 * Appends of a process, one in flight at a time.
 *
 * Processes that publish on one channel wait for its head one after another, each with a batch that cannot grow any more.
 * So the callers of a process are held together: its next batch has all of them, and the others hold the head meanwhile.
 */
export class GroupCommit {
  readonly #query: Query;
  readonly #limits: RowLimits;
  readonly #onFlush: OnFlush | undefined;
  readonly #batches: Batching<AnyDraft, Answer>;

  constructor(query: Query, limits: RowLimits, onFlush?: OnFlush) {
    this.#query = query;
    this.#limits = limits;
    this.#onFlush = onFlush;
    this.#batches = new Batching({
      run: (drafts) => this.#appendTogether(drafts),
      costOf: ({ data }) => draftCost + data.length,
      maxCost,
      mostGathered,
    });
  }

  append(drafts: readonly AnyDraft[]): Promise<readonly Answer[]> {
    return this.#batches.ask(drafts);
  }

  async #appendTogether(drafts: readonly AnyDraft[]): Promise<readonly Answer[]> {
    const start = performance.now();
    const answers = await this.#withoutConflict(drafts);
    this.#onFlush?.(drafts.length, performance.now() - start);
    return answers;
  }

  /** Repeats an append that lost the race for an idempotency key: it then sees the winner's publication. */
  async #withoutConflict(drafts: readonly AnyDraft[]): Promise<readonly Answer[]> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        return await appendAny(this.#query, drafts, { ...this.#limits, comparesContent: true });
      } catch (error) {
        const state = sqlState(error);
        if (conflicts === maxConflicts || (state !== '40001' && state !== '40P01')) throw error;
      }
    }
  }
}
