import { AppError } from '../../errors.ts';
import type { Principal } from '../../realtime/principal.ts';
import { RateLimit } from '../../realtime/sessions/rate-limit.ts';

/** Users remembered at once. */
const maxUsers = 10_000;

/** The rate limit of requests, for each user. */
export class CallerRates {
  /** The longest unheard of first. */
  readonly #byUser = new Map<string, RateLimit>();
  readonly #perMinute: number;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Counts a request at `now` as `cost` of them. Throws `rate_limited`; a service is never limited. */
  admit({ userId, service }: Principal, now: number, cost = 1): void {
    if (service) return;
    const rate = this.#byUser.get(userId) ?? new RateLimit(this.#perMinute);
    this.#byUser.delete(userId);
    this.#byUser.set(userId, rate);
    for (const oldest of this.#byUser.keys()) {
      if (this.#byUser.size <= maxUsers) break;
      this.#byUser.delete(oldest);
    }
    const retryAfterMs = rate.take(now, cost);
    if (retryAfterMs > 0)
      throw new AppError('rate_limited', 'Too many requests in a minute.', { retryAfterMs });
  }
}
