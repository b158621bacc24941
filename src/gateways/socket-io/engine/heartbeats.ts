import type { Clock } from '../../../lib/clock.ts';

export interface Pinged {
  ping(): void;
}

/**
 * The pings that are due, in the order in which they are. All connections have the same interval, so one timer serves
 * them all. A connection that was pinged is not in it until it is scheduled again.
 */
export class Heartbeats {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #due = new Map<Pinged, number>();
  #timer: Disposable | undefined;

  constructor(intervalMs: number, clock: Clock) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  has(pinged: Pinged): boolean {
    return this.#due.has(pinged);
  }

  /** The next ping comes after the interval. To be called for a connection that has none scheduled. */
  schedule(pinged: Pinged): void {
    this.#due.set(pinged, this.#clock.monotonic() + this.#intervalMs);
    this.#timer ??= this.#clock.after(this.#intervalMs, () => this.#run());
  }

  delete(pinged: Pinged): void {
    this.#due.delete(pinged);
    if (this.#due.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #run(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (const [pinged, dueAt] of this.#due) {
      if (dueAt > now) {
        this.#timer ??= this.#clock.after(dueAt - now, () => this.#run());
        return;
      }
      this.#due.delete(pinged);
      pinged.ping();
    }
  }
}
