import type { Clock } from '../lib/clock.ts';
import { nextState } from '../lib/state-table.ts';
import {
  type ConnectionState,
  connectionStates,
  meanings,
  type SubscriptionEvent,
  type SubscriptionState,
  subscriptionStates,
} from './subscription-state.ts';

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

/** A channel that is joined, or not let go of yet. */
interface Subscription {
  state: SubscriptionState;
  /** Settles when the state is known at the server: whether it ever was confirmed. */
  confirmation: PromiseWithResolvers<boolean> | undefined;
}

/** The channels this process has joined, kept in force at a server that comes and goes. */
export class RedisSubscriptions implements Disposable {
  readonly #options: SubscriptionsOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  /** The channels in this state, and since when. */
  readonly #damped = new Map<string, number>();
  readonly #sweeping: Disposable;
  #toAsk = new Set<string>();
  /** Those with a confirmation under way. */
  #waiting = 0;
  #connection: ConnectionState = 'first';
  /** The number of the connection: a reply on an earlier one says nothing. */
  #life = 0;
  #gapOwed = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#sweeping = options.clock.every(dampingMs / 2, () => this.#sweep());
  }

  has(channel: string): boolean {
    return meanings[this.#stateOf(channel)].isJoined;
  }

  /** Whether the server has confirmed the channel on the connection there is. */
  isInForce(channel: string): boolean {
    return meanings[this.#stateOf(channel)].isInForce;
  }

  async join(channel: string): Promise<void> {
    const subscription = this.#move(channel, 'join');
    if (meanings[subscription.state].isInForce) return;
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
    if (this.has(channel)) this.#move(channel, 'leave');
  }

  connected(): void {
    this.#life += 1;
    this.#connection = nextState(connectionStates, this.#connection, 'connected');
    for (const channel of this.#subscriptions.keys()) {
      if (this.has(channel) && !this.isInForce(channel)) void this.#confirmation(channel);
    }
    this.#settle();
  }

  lost(): void {
    this.#life += 1;
    if (this.#connection === 'up') this.#gapOwed = true;
    this.#connection = nextState(connectionStates, this.#connection, 'lost');
    this.#toAsk.clear();
    for (const channel of [...this.#subscriptions.keys()]) this.#move(channel, 'lost');
  }

  [Symbol.dispose](): void {
    this.#sweeping[Symbol.dispose]();
    for (const channel of [...this.#subscriptions.keys()]) this.#move(channel, 'leave');
    this.lost();
  }

  #stateOf(channel: string): SubscriptionState {
    return this.#subscriptions.get(channel)?.state ?? 'none';
  }

  /** Takes an event of the channel. A state in which nothing more is expected settles the confirmation. */
  #move(channel: string, event: SubscriptionEvent): Subscription {
    const known = this.#subscriptions.get(channel);
    const subscription = known ?? { state: 'none', confirmation: undefined };
    const state = nextState(subscriptionStates, subscription.state, event);
    subscription.state = state;
    if (state !== 'damped') this.#damped.delete(channel);
    else if (!this.#damped.has(channel)) this.#damped.set(channel, this.#options.clock.monotonic());
    if (settling.has(event) || state === 'none') this.#answer(subscription, event === 'confirmed');
    if (state === 'none') this.#subscriptions.delete(channel);
    else if (!known) this.#subscriptions.set(channel, subscription);
    return subscription;
  }

  #confirmation(channel: string): Promise<boolean> {
    const subscription = this.#subscriptions.get(channel);
    if (!subscription) return Promise.resolve(false);
    if (!subscription.confirmation) {
      subscription.confirmation = Promise.withResolvers();
      this.#waiting += 1;
    }
    const { promise } = subscription.confirmation;
    if (this.#connection === 'up' && !meanings[subscription.state].isInForce) {
      this.#move(channel, 'ask');
      this.#ask(channel);
    }
    return promise;
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
    for (const channel of channels) this.#move(channel, confirmed ? 'confirmed' : 'refused');
    this.#settle();
  }

  #answer(subscription: Subscription, confirmed: boolean): void {
    if (!subscription.confirmation) return;
    this.#waiting -= 1;
    subscription.confirmation.resolve(confirmed);
    subscription.confirmation = undefined;
  }

  /** A gap is told when everything is in force: told earlier, what is missed until then would be missed for good. */
  #settle(): void {
    if (this.#connection !== 'up' || this.#waiting > 0 || !this.#gapOwed) return;
    this.#gapOwed = false;
    this.#options.onGap();
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    const over = [...this.#damped]
      .filter(([, since]) => now - since >= dampingMs)
      .map(([channel]) => channel);
    for (const channel of over) this.#move(channel, 'over');
    for (let start = 0; start < over.length; start += chunkSize) {
      // Still subscribed after a failure is harmless: what nobody joined is ignored.
      this.#options.unsubscribe(over.slice(start, start + chunkSize)).catch(() => undefined);
    }
  }
}

/** Events after which nothing more is to be waited for. */
const settling: ReadonlySet<SubscriptionEvent> = new Set(['confirmed', 'refused', 'lost']);
