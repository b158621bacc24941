import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { CloseReason } from '../../protocol/wire/codes.ts';
import type { Entrance, PresenceStore } from '../ports/presence-store.ts';
import type { Principal } from '../principal.ts';
import { renewed } from './context.ts';
import type { Limits } from './limits.ts';
import type { Session } from './session.ts';

interface RegisterDeps {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: PresenceStore;
}

/** Every live session of this process, and how many each user has over each gateway: here, and in all processes. */
export class SessionRegister {
  readonly #sessions = new Set<Session>();
  readonly #counts = new Map<string, number>();
  readonly #deps: RegisterDeps;

  constructor(deps: RegisterDeps) {
    this.#deps = deps;
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
    this.#sessions.delete(session);
    if (session.counted && session.principal) this.#release(entranceOf(session, session.principal));
  }

  /** Throws `forbidden` when another user is on this session, `too_many_connections` when this user has too many. */
  async identify(session: Session, principal: Principal): Promise<void> {
    const before = session.principal?.unnamed ? undefined : session.principal;
    if (before && before.userId !== principal.userId) {
      throw new AppError('forbidden', 'This connection belongs to another user; open a new one.');
    }
    // A service is not bounded, and no user who happens to bear its name pays for it.
    if (!before && !principal.service && !session.closed) await this.#admit(session, principal);
    session.principal = renewed(principal, before);
  }

  /**
   * Pings every session that has been silent for a heartbeat; hands those whose time is up to `end`. `lateMs`, the
   * lateness of this sweep, is left out of every silence.
   */
  sweep(lateMs: number, end: (session: Session, reason: CloseReason) => void): void {
    const { clock, limits } = this.#deps;
    const now = clock.now();
    const monotonic = clock.monotonic();
    for (const session of this.#sessions) {
      if (lateMs > 0) session.forgive(lateMs, monotonic);
      const verdict = session.verdict(now, monotonic, limits);
      if (verdict === 'silent') session.transport.probe();
      else if (verdict) end(session, verdict);
    }
  }

  /** What the store is to hold of this process. */
  entrances(): readonly Entrance[] {
    return [...this.#sessions].flatMap((session) =>
      session.counted && session.principal ? [entranceOf(session, session.principal)] : [],
    );
  }

  async #admit(session: Session, principal: Principal): Promise<void> {
    const { name, userLimit } = session.transport.gateway;
    const { [userLimit]: most, heartbeatMs } = this.#deps.limits;
    const entrance = entranceOf(session, principal);
    if (this.#count(entrance, 1) > most || !(await this.#enter({ ...entrance, most }))) {
      this.#count(entrance, -1);
      throw new AppError('too_many_connections', `A user may have ${most} live ${name} connections.`, {
        retryAfterMs: 2 * heartbeatMs,
      });
    }
    // It may have gone while the store was asked.
    if (session.closed) this.#release(entrance);
    else session.counted = true;
  }

  /** Without the store, the count of this process has to do. */
  async #enter(entrance: Entrance): Promise<boolean> {
    try {
      const [entered] = await this.#deps.store.enter([entrance]);
      return entered !== 'refused';
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'connections of a user counted in this process alone');
      return true;
    }
  }

  #release(entrance: Entrance): void {
    this.#count(entrance, -1);
    this.#deps.store.leave([entrance]).catch((error: unknown) => {
      this.#deps.logger.warn({ err: error }, 'the end of a connection not stored yet');
    });
  }

  #count({ channel, userId }: Entrance, change: 1 | -1): number {
    const key = `${channel} ${userId}`;
    const count = (this.#counts.get(key) ?? 0) + change;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
    return count;
  }
}

/** No channel has an @ in its name. A socket and a stream of one user do not compete. */
function entranceOf({ transport }: Session, { userId, role }: Principal): Entrance {
  return { channel: `@${transport.gateway.name}`, userId, role };
}
