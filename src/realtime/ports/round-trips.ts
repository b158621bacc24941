/** A question that was not answered by then is lost. Milliseconds. */
const patienceMs = 10_000;

/** How long the way to a peer and back takes, by the signs of life it is asked for. */
export class RoundTrips {
  /** The last few, the latest counting most. Milliseconds; undefined before the first answer. */
  latencyMs: number | undefined;
  #askedAt: number | undefined;
  #asked = 0;
  #lost = 0;

  /** Questions that were not answered, 0 to 1. */
  get loss(): number {
    return this.#asked === 0 ? 0 : this.#lost / this.#asked;
  }

  asked(now: number): void {
    if (this.#askedAt !== undefined) {
      // Of several that are under way nobody could tell which one an answer is for.
      if (now - this.#askedAt < patienceMs) return;
      this.#lost++;
    }
    this.#asked++;
    this.#askedAt = now;
  }

  answered(now: number): void {
    if (this.#askedAt === undefined) return;
    const latencyMs = now - this.#askedAt;
    this.#askedAt = undefined;
    this.latencyMs = this.latencyMs === undefined ? latencyMs : (3 * this.latencyMs + latencyMs) / 4;
  }
}
