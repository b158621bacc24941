import { AppError } from '../../../errors.ts';
import { Gathering } from './gathering.ts';

interface Options<Item, Answer> {
  /**
   * One statement for all of them, in order; returns one result for each. One that was refused must have done
   * nothing.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly costOf: (item: Item) => number;
  /** The limit for callers that share a statement; one caller's own list is never split. */
  readonly maxCost: number;
  /** Up to so many callers are held together; see `Gathering`. None when left out. */
  readonly mostGathered?: number;
}

interface Waiting<Item, Answer> {
  readonly items: readonly Item[];
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * One statement is in flight and what is asked for meanwhile shares the next: a batch costs one round trip and one
 * flush of the server's disk, whatever the number of callers.
 */
export class Batching<Item, Answer> {
  readonly #options: Options<Item, Answer>;
  readonly #gathering: Gathering;
  #waiting: Waiting<Item, Answer>[] = [];
  #flushing = false;

  constructor(options: Options<Item, Answer>) {
    this.#options = options;
    this.#gathering = new Gathering(options.mostGathered ?? 0);
  }

  ask(items: readonly Item[]): Promise<readonly Answer[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      this.#gathering.arrived(this.#waiting.length);
      if (this.#flushing) return;
      this.#flushing = true;
      // A turn later, so that callers of the same turn share the first batch too.
      setImmediate(() => void this.#flush());
    });
  }

  /** Never rejects: each failure goes to the callers it belongs to. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const startedAt = performance.now();
      await this.#runTogether(batch);
      const tookMs = performance.now() - startedAt;
      const together = this.#gathering.wait(batch.length, () => this.#waiting.length, tookMs);
      if (together) await together;
      else if (this.#waiting.length > 0) await turnOfLoop();
    }
    this.#flushing = false;
  }

  #takeBatch(): Waiting<Item, Answer>[] {
    const { costOf, maxCost } = this.#options;
    let cost = 0;
    const end = this.#waiting.findIndex(({ items }, index) => {
      for (const item of items) cost += costOf(item);
      return index > 0 && cost > maxCost;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #runTogether(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.run(batch.flatMap(({ items }) => items));
      let from = 0;
      for (const { items, resolve } of batch) {
        resolve(answers.slice(from, from + items.length));
        from += items.length;
      }
    } catch (error) {
      // A refused statement did nothing, so each can be tried alone and one bad item fails only its own caller. A
      // database that is away is so for each of them; after a lost connection the batch may even have been committed,
      // and trying again could do it twice.
      const isAway = error instanceof AppError && error.status === 503;
      if (batch.length === 1 || isAway) for (const { reject } of batch) reject(error);
      else for (const waiting of batch) await this.#runTogether([waiting]);
    }
  }
}

/**
 * Resolves when what was sent in this turn of the event loop has gone out, and what had arrived by then has been heard:
 * the first immediate runs after the sends and before the sockets are read again.
 */
function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
