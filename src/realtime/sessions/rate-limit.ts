/** A token bucket that holds a minute's worth and refills evenly: a burst is free, a flood is not. */
export class RateLimit {
  readonly #perMinute: number;
  #tokens: number;
  #refilledAt: number;

  constructor(perMinute: number, now: number) {
    this.#perMinute = perMinute;
    this.#tokens = perMinute;
    this.#refilledAt = now;
  }

  /**
   * Takes `cost` tokens, of which one has to be there: the rest is owed to what comes later. Answers 0, or the
   * milliseconds until there is one to take.
   */
  take(now: number, cost = 1): number {
    const refill = ((now - this.#refilledAt) * this.#perMinute) / 60_000;
    this.#tokens = Math.min(this.#perMinute, this.#tokens + Math.max(0, refill));
    this.#refilledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= cost;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) * 60_000) / this.#perMinute);
  }
}
