/** A token bucket that holds a minute's worth and refills evenly: a burst is free, a flood is not. */
export class RateLimit {
  readonly #perMinute: number;
  /** When the bucket is full again: all of its state, as thousands of sessions have several. */
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * Takes `cost` tokens, of which one has to be there: the rest is owed to what comes later. Returns 0, or the
   * milliseconds until there is one to take.
   */
  take(now: number, cost = 1): number {
    const msPerToken = 60_000 / this.#perMinute;
    const owedMs = Math.max(0, this.#fullAt - now);
    // With a tolerance for fractions of which no binary number is exact.
    const waitMs = owedMs - (this.#perMinute - 1) * msPerToken;
    if (waitMs > 1e-6) return Math.ceil(waitMs);
    this.#fullAt = now + owedMs + cost * msPerToken;
    return 0;
  }
}
