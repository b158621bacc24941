import { AppError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { CloseReason } from '../protocol/codes.ts';
import type { Limits } from './limits.ts';
import type { Principal } from './principal.ts';
import type { Session } from './session.ts';

/** Every live session of this process, and how many each user has over each gateway. */
export class SessionRegister {
  readonly #sessions = new Set<Session>();
  readonly #perUser = new Map<string, number>();
  readonly #limits: Limits;
  readonly #clock: Clock;

  constructor(deps: { readonly limits: Limits; readonly clock: Clock }) {
    this.#limits = deps.limits;
    this.#clock = deps.clock;
  }

  get size(): number {
    return this.#sessions.size;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }

  add(session: Session): Session {
    this.#sessions.add(session);
    return session;
  }

  delete(session: Session): void {
    session.closed = true;
    if (this.#sessions.delete(session) && session.principal) this.#count(session, session.principal, -1);
  }

  /** Throws `forbidden` when another user is on this session, `too_many_connections` when this user has too many. */
  identify(session: Session, principal: Principal): void {
    if (session.principal && session.principal.userId !== principal.userId) {
      throw new AppError('forbidden', 'This connection belongs to another user; open a new one.');
    }
    if (!session.principal && !session.closed) {
      const { name, userLimit } = session.transport.gateway;
      const most = this.#limits[userLimit];
      if (!principal.service && (this.#perUser.get(countKey(session, principal)) ?? 0) >= most) {
        throw new AppError('too_many_connections', `A user may have ${most} live ${name} connections.`, {
          retryAfterMs: 2 * this.#limits.heartbeatMs,
        });
      }
      this.#count(session, principal, 1);
    }
    session.principal = principal;
  }

  /** Pings every session that has been silent for a heartbeat; hands those whose time is up to `end`. */
  sweep(end: (session: Session, reason: CloseReason) => void): void {
    const now = this.#clock.now();
    for (const session of this.#sessions) {
      const verdict = session.verdict(now, this.#limits);
      if (verdict === 'silent') session.transport.probe();
      else if (verdict) end(session, verdict);
    }
  }

  #count(session: Session, principal: Principal, change: 1 | -1): void {
    // A service is not bounded, and no user who happens to bear its name pays for it.
    if (principal.service) return;
    const key = countKey(session, principal);
    const count = (this.#perUser.get(key) ?? 0) + change;
    if (count > 0) this.#perUser.set(key, count);
    else this.#perUser.delete(key);
  }
}

/** A socket and a stream of one user do not compete. */
const countKey = ({ transport }: Session, { userId }: Principal) => `${transport.gateway.name} ${userId}`;
