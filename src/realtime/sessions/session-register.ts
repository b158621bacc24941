import { AppError } from '../../errors.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Principal } from '../principal.ts';
import { ConnectionCounts, type CountsDeps } from './connection-counts.ts';
import { renewed } from './context.ts';
import type { Session } from './session.ts';
import { type Told, takeTold } from './told-positions.ts';

interface RegisterDeps extends CountsDeps {
  /** To be called with the time from a commit to the screen of a client. */
  readonly settled: Telemetry['settled'];
}

/** Every live session of this process. */
export class SessionRegister {
  readonly #sessions = new Set<Session>();
  readonly counts: ConnectionCounts;
  readonly #deps: Pick<RegisterDeps, 'clock' | 'limits' | 'logger' | 'end' | 'settled'>;

  constructor(deps: RegisterDeps) {
    this.#deps = deps;
    this.counts = new ConnectionCounts(deps);
  }

  get size(): number {
    return this.#sessions.size;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }

  add(session: Session): Session {
    const { logger } = this.#deps;
    this.#sessions.add(session);
    if (logger.isLevelEnabled('debug')) {
      logger.debug({ clientId: session.id, transport: session.transport.gateway.name }, 'session opened');
    }
    return session;
  }

  delete(session: Session): void {
    session.closed = true;
    this.#sessions.delete(session);
    if (session.counted && session.principal) this.counts.delete(session, session.principal);
  }

  /** Throws `forbidden` when another user is on this session, `too_many_connections` when this user has too many. */
  identify(session: Session, principal: Principal): void {
    const before = session.principal?.unnamed ? undefined : session.principal;
    if (before && before.userId !== principal.userId) {
      throw new AppError('forbidden', 'This connection belongs to another user; open a new one.');
    }
    // A service is not bounded, and no user who happens to bear its name pays for it.
    if (!before && !principal.service && !session.closed) {
      this.counts.add(session, principal);
      session.counted = true;
    }
    session.principal = renewed(principal, before);
  }

  /** Gateways call this at each ping, with the positions that the client gave, if it gave any. */
  told(session: Session, given?: Told): void {
    const { clock, limits, settled } = this.#deps;
    const lagMs = takeTold(session, given, clock.now(), limits.heartbeatMs);
    if (lagMs !== undefined) settled(lagMs);
  }

  /**
   * Pings every session that has been silent for a heartbeat; ends those whose time is up. `lateMs`, the lateness of this
   * sweep, is left out of every silence.
   */
  sweep(lateMs: number): void {
    const { clock, limits, end } = this.#deps;
    const now = clock.now();
    const monotonic = clock.monotonic();
    for (const session of this.#sessions) {
      if (lateMs > 0) session.forgive(lateMs, monotonic);
      const verdict = session.verdict(now, monotonic, limits);
      if (verdict === 'silent') session.transport.probe();
      else if (verdict) end(session, verdict);
    }
  }
}
