/** Sessions that come between two collections. */
const sessionsBetween = 500;

/**
 * Collects young garbage early while many sessions come at once. A session leaves ten times its own size in garbage, and
 * the engine would wait until that is as large as all that lives: what stays is then spread thinly over many pages, and
 * nothing moves it together again. Collected early, ten thousand sessions take about half of the memory; the time of the
 * processor is the same, as every collection finds little.
 */
export class EarlyCollection {
  readonly #collect: () => unknown;
  #sessions = 0;

  /** `collect` collects the garbage that is young. */
  constructor(collect: () => unknown) {
    this.#collect = collect;
  }

  /** To be called for each session that has come. */
  came(): void {
    this.#sessions += 1;
    if (this.#sessions < sessionsBetween) return;
    this.#sessions = 0;
    // Not in the middle of what the session is about to do.
    setImmediate(() => void this.#collect());
  }
}
