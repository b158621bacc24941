/** The longest wait, and what a timer can do. Milliseconds, as the next. */
const maxWaitMs = 10;
const minWaitMs = 1;
/** After so many waits in vain, one batch of 64 is waited for. */
const maxMisses = 6;

/**
 * Holds few callers together who ask again as soon as they are answered. Without it they part into two groups, each of
 * which waits for the statement of the other one: twice as many statements for the same work, and twice the wait.
 */
export class Gathering {
  readonly #most: number;
  #expected = Number.POSITIVE_INFINITY;
  #end: (() => void) | undefined;
  #misses = 0;
  #passed = 0;

  /** More callers than `most` are not waited for: their statements are large enough, and run beside their other work. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Told how many wait, whenever somebody comes. */
  arrived(waiting: number): void {
    if (waiting >= this.#expected) this.#end?.();
  }

  /**
   * Waits until those who were answered just now have asked again, for half of the time that their statement took at most.
   * Callers who seldom come back are seldom waited for. Undefined where nobody is.
   */
  wait(answered: number, waiting: () => number, tookMs: number): Promise<void> | undefined {
    const before = waiting();
    const expected = before + answered;
    if (expected < 2 || expected > this.#most) return undefined;
    if (this.#passed < 2 ** this.#misses - 1) {
      this.#passed++;
      return undefined;
    }
    this.#passed = 0;
    const limitMs = Math.min(maxWaitMs, Math.max(minWaitMs, tookMs / 2));
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#end = undefined;
        const isWorthIt = 2 * (waiting() - before) >= answered;
        this.#misses = isWorthIt ? 0 : Math.min(maxMisses, this.#misses + 1);
        resolve();
      };
      const timer = setTimeout(end, limitMs);
      this.#expected = expected;
      this.#end = end;
    });
  }
}
