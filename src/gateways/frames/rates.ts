import type { Decoded } from '../../protocol/frames/codec.ts';
import type { Limits } from '../../realtime/sessions/limits.ts';
import { RateLimit } from '../../realtime/sessions/rate-limit.ts';
import type { Session } from '../../realtime/sessions/session.ts';

/** Frames that take up again what a session has just left, for each frame it may send. */
const againFactor = 10;

/**
 * The frames that one session may send in a minute. Limits do not contradict each other: the channels that a session may
 * have are taken from a budget of their own, whatever else it sends; giving one up, and taking it up again, costs
 * nothing of either, for pages that do so at every rendering.
 */
export class Rates {
  readonly #limits: Limits;
  readonly #frames: RateLimit;
  #joins: RateLimit | undefined;
  #again: RateLimit | undefined;
  /** The channels left last, the latest at the end. */
  #left: Set<string> | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#frames = new RateLimit(limits.framesPerMinute);
  }

  /** Takes what the frame costs. Returns 0, or the milliseconds until it can be taken. */
  take(decoded: Decoded, { subscriptions }: Session, now: number): number {
    const frame = 'frame' in decoded ? decoded.frame : undefined;
    if (frame?.type === 'unsubscribe') {
      const { channel } = frame;
      const left = [...subscriptions.keys()].filter((name) => channel === undefined || name === channel);
      for (const name of left) this.#leave(name);
      return left.length > 0 ? this.#takeFrom(this.#againRate(), now, 1) : this.#frames.take(now);
    }
    if (frame?.type !== 'subscribe') return this.#frames.take(now);
    const { channel, channels = [] } = frame;
    const names = channel === undefined ? channels.map((each) => each.channel) : [channel];
    const isNew = (name: string) => !subscriptions.has(name) && !this.#left?.has(name);
    if (names.some(isNew)) return this.#takeFrom(this.#joinRate(), now, names.length);
    if (names.some((name) => subscriptions.has(name))) return this.#frames.take(now, names.length);
    return this.#takeFrom(this.#againRate(), now, names.length);
  }

  /** From the frames of the session where the other budget is spent. */
  #takeFrom(rate: RateLimit, now: number, cost: number): number {
    const waitMs = rate.take(now, cost);
    return waitMs === 0 ? 0 : Math.min(waitMs, this.#frames.take(now, cost));
  }

  #joinRate(): RateLimit {
    this.#joins ??= new RateLimit(this.#limits.channelsPerSession);
    return this.#joins;
  }

  #againRate(): RateLimit {
    this.#again ??= new RateLimit(againFactor * this.#limits.framesPerMinute);
    return this.#again;
  }

  #leave(channel: string): void {
    this.#left ??= new Set();
    this.#left.delete(channel);
    this.#left.add(channel);
    const [oldest] = this.#left;
    if (this.#left.size > this.#limits.channelsPerSession && oldest !== undefined) this.#left.delete(oldest);
  }
}
