/** A ping without a reply by then is lost. Milliseconds. */
const patienceMs = 10_000;

/** The duration of the way to a peer and back, by the pings that the peer replies to. */
export class RoundTrips {
  /** The last few, the latest counting most. Milliseconds; undefined before the first reply. */
  latencyMs: number | undefined;
  #askedAt: number | undefined;
  #asked = 0;
  #lost = 0;

  /** The part of the pings that got no reply, 0 to 1. */
  get loss(): number {
    return this.#asked === 0 ? 0 : this.#lost / this.#asked;
  }

  asked(now: number): void {
    if (this.#askedAt !== undefined) {
      // With several pings under way, a reply could not be told to belong to one of them.
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
