import type { Clock } from '../lib/clock.ts';

export interface SubscriptionsOptions {
  readonly clock: Clock;
  /** Resolves when the server has confirmed all of them. */
  readonly subscribe: (channels: readonly string[]) => Promise<void>;
  readonly unsubscribe: (channels: readonly string[]) => Promise<void>;
  /** Everything joined is in force again, and something may have been missed before. */
  readonly onGap: () => void;
}

/** Longest wait of a join for the server's confirmation, milliseconds. */
const confirmationMs = 1_000;
/** A channel is left at the server when nobody has come back for this long, milliseconds. */
const dampingMs = 1_000;
/** Channels in one command. */
const chunkSize = 500;

/** The channels this process has joined, kept in force at a server that comes and goes. */
export class RedisSubscriptions implements Disposable {
  readonly #options: SubscriptionsOptions;
  readonly #joined = new Set<string>();
  readonly #inForce = new Set<string>();
  /** Not yet confirmed; the promise resolves to whether it ever was. */
  readonly #waiting = new Map<string, PromiseWithResolvers<boolean>>();
  /** When a channel was left that is still in force. */
  readonly #left = new Map<string, number>();
  readonly #sweeping: Disposable;
  #toAsk = new Set<string>();
  #connection: 'first' | 'up' | 'down' = 'first';
  /** The number of the connection: a reply on an earlier one says nothing. */
  #life = 0;
  #gapOwed = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#sweeping = options.clock.every(dampingMs / 2, () => this.#sweep());
  }

  has(channel: string): boolean {
    return this.#joined.has(channel);
  }

  /** Whether the server has confirmed the channel on the connection there is. */
  isInForce(channel: string): boolean {
    return this.#inForce.has(channel);
  }

  async join(channel: string): Promise<void> {
    this.#joined.add(channel);
    this.#left.delete(channel);
    if (this.#inForce.has(channel)) return;
    if (this.#connection === 'down') {
      this.#gapOwed = true;
      return;
    }
    const confirmed = this.#confirmation(channel);
    const late = Promise.withResolvers<boolean>();
    using _limit = this.#options.clock.after(confirmationMs, () => late.resolve(false));
    if (!(await Promise.race([confirmed, late.promise]))) this.#gapOwed = true;
  }

  leave(channel: string): void {
    if (!this.#joined.delete(channel)) return;
    if (this.#inForce.has(channel)) this.#left.set(channel, this.#options.clock.monotonic());
    // On a connection that is up the answer is under way and settles it.
    if (this.#connection !== 'up') this.#answer(channel, false);
  }

  connected(): void {
    this.#life += 1;
    this.#connection = 'up';
    for (const channel of this.#joined) void this.#confirmation(channel);
    this.#settle();
  }

  lost(): void {
    this.#life += 1;
    if (this.#connection === 'up') this.#gapOwed = true;
    this.#connection = 'down';
    this.#inForce.clear();
    this.#left.clear();
    this.#toAsk.clear();
    for (const channel of [...this.#waiting.keys()]) this.#answer(channel, false);
  }

  [Symbol.dispose](): void {
    this.#sweeping[Symbol.dispose]();
    this.#joined.clear();
    this.lost();
  }

  #confirmation(channel: string): Promise<boolean> {
    let confirmation = this.#waiting.get(channel);
    if (!confirmation) {
      confirmation = Promise.withResolvers();
      this.#waiting.set(channel, confirmation);
    }
    if (this.#connection === 'up' && !this.#inForce.has(channel)) this.#ask(channel);
    return confirmation.promise;
  }

  /** Everything asked for within a turn goes out together. */
  #ask(channel: string): void {
    this.#toAsk.add(channel);
    if (this.#toAsk.size > 1) return;
    queueMicrotask(() => {
      const life = this.#life;
      const channels = [...this.#toAsk];
      this.#toAsk = new Set();
      for (let start = 0; start < channels.length; start += chunkSize) {
        void this.#subscribe(channels.slice(start, start + chunkSize), life);
      }
    });
  }

  async #subscribe(channels: readonly string[], life: number): Promise<void> {
    let confirmed = true;
    try {
      await this.#options.subscribe(channels);
    } catch {
      // The connection is gone, and everything is asked for again on the next one; or the server refuses a channel.
      confirmed = false;
    }
    if (life !== this.#life) return;
    for (const channel of channels) {
      if (confirmed) this.#inForce.add(channel);
      if (confirmed && !this.#joined.has(channel)) this.#left.set(channel, this.#options.clock.monotonic());
      this.#answer(channel, confirmed);
    }
    this.#settle();
  }

  #answer(channel: string, confirmed: boolean): void {
    this.#waiting.get(channel)?.resolve(confirmed);
    this.#waiting.delete(channel);
  }

  /** A gap is told when everything is in force: told earlier, what is missed until then would be missed for good. */
  #settle(): void {
    if (this.#connection !== 'up' || this.#waiting.size > 0 || !this.#gapOwed) return;
    this.#gapOwed = false;
    this.#options.onGap();
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    const over = [...this.#left].filter(([, at]) => now - at >= dampingMs).map(([channel]) => channel);
    for (const channel of over) {
      this.#left.delete(channel);
      this.#inForce.delete(channel);
    }
    for (let start = 0; start < over.length; start += chunkSize) {
      // Still subscribed after a failure is harmless: what nobody joined is ignored.
      this.#options.unsubscribe(over.slice(start, start + chunkSize)).catch(() => undefined);
    }
  }
}
