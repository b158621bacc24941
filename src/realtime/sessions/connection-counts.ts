import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import { errorFrame } from '../../protocol/frames/server-frames.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import { type Broker, maxSignalBytes } from '../ports/broker.ts';
import { gatewayKey, type PresenceStore } from '../ports/presence-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Principal } from '../principal.ts';
import { encodeSignal, type SharedUser } from '../publishing/signal.ts';
import type { Limits } from './limits.ts';
import type { Session } from './session.ts';

/** No client can name it: names on the wire begin with a letter. */
export const connectionsChannel = '_connections';
/** Between two statements of this process, however many users came and went. Milliseconds. */
const intervalMs = 1_000;
/** Users that come within these milliseconds are told of together. */
const gatherMs = 20;
/** Users in one statement. */
const toldAtOnce = 2_000;

export interface CountsDeps {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: PresenceStore;
  readonly broker: Pick<Broker, 'join' | 'signal'>;
  /** To be called for every session that is ended with an error. */
  readonly refused: Telemetry['refused'];
  readonly end: (session: Session, reason: CloseReason) => void;
}

/** One user over one gateway. */
class Tally {
  readonly gateway: string;
  readonly userId: string;
  readonly role: string;
  /** Connections in this process, and how many of them the store was told of; undefined when it has to be told anew. */
  count = 0;
  told: number | undefined = 0;
  /** Connections in the other processes, as far as is known. */
  elsewhere = 0;
  /** Connections that the other processes have not been told of, the oldest first. */
  untold: Session[] | undefined;

  constructor(gateway: string, userId: string, role: string) {
    this.gateway = gateway;
    this.userId = userId;
    this.role = role;
  }
}

/**
 * The number of live connections of each user over each gateway (R4). This process admits a connection by the numbers
 * that it knows, without a word to the database; once a second the processes tell each other the changes, and a
 * connection that was one too many over all of them ends then. While the database is away, each process counts alone.
 */
export class ConnectionCounts implements Disposable {
  readonly #deps: CountsDeps;
  readonly #gateways = new Map<string, Map<string, Tally>>();
  readonly #changed = new Set<Tally>();
  readonly #outage: Outage;
  #timer: Disposable | undefined;
  #telling = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(deps: CountsDeps) {
    this.#deps = deps;
    this.#outage = new Outage({
      logger: deps.logger,
      failing: 'connections of users not told to the other processes; each counts alone',
      healed: 'connections of users are counted over all processes again',
    });
  }

  /** Hears of the other processes from now on. */
  listen(): Promise<void> {
    return this.#deps.broker.join(connectionsChannel);
  }

  /** Throws `too_many_connections`. */
  add(session: Session, { userId, role }: Principal): void {
    const { name: gateway, userLimit } = session.transport.gateway;
    const most = this.#deps.limits[userLimit];
    const users = this.#gateways.get(gateway) ?? new Map<string, Tally>();
    const known = users.get(userId);
    if (known && known.count + known.elsewhere >= most) {
      // The others may have gone without a word: asked again, so that the next attempt is answered by what is so then.
      if (known.count < most) this.#tellAnew(known);
      throw this.#tooMany(session);
    }
    if (!known && most < 1) throw this.#tooMany(session);
    const tally = known ?? new Tally(gateway, userId, role);
    if (!known) this.#gateways.set(gateway, users.set(userId, tally));
    tally.count += 1;
    if (tally.untold) tally.untold.push(session);
    else tally.untold = [session];
    this.#change(tally);
  }

  delete({ transport }: Session, { userId }: Principal): void {
    const tally = this.#gateways.get(transport.gateway.name)?.get(userId);
    if (!tally) return;
    tally.count -= 1;
    this.#change(tally);
  }

  /** The number of users that have a connection over this gateway, to whatever process. */
  async usersOver(gateway: string): Promise<number> {
    return (await this.#deps.store.members(gatewayKey(gateway), 0)).count;
  }

  /** Another process said this of users that have connections in several. */
  heard(users: readonly SharedUser[]): void {
    for (const [gateway, userId, total] of users) {
      const tally = this.#gateways.get(gateway)?.get(userId);
      if (tally) tally.elsewhere = Math.max(0, total - (tally.told ?? 0));
    }
  }

  /** The store lost the numbers that it was told. */
  tellAll(): void {
    for (const users of this.#gateways.values()) {
      for (const tally of users.values()) this.#tellAnew(tally);
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
  }

  #tellAnew(tally: Tally): void {
    tally.told = undefined;
    this.#change(tally);
  }

  #change(tally: Tally): void {
    this.#changed.add(tally);
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#timer || this.#telling || this.#closed) return;
    const { clock } = this.#deps;
    const waitMs = Math.max(gatherMs, this.#toldAt + intervalMs - clock.monotonic());
    this.#timer = clock.after(waitMs, () => {
      this.#timer = undefined;
      void this.#tell();
    });
  }

  /** Never rejects: a change that could not be told is told the next time. */
  async #tell(): Promise<void> {
    this.#telling = true;
    this.#toldAt = this.#deps.clock.monotonic();
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const tally of changed) if (tally.told === tally.count) this.#settled(tally);
    const due = changed.filter(({ told, count }) => told !== count);
    try {
      for (let from = 0; from < due.length; from += toldAtOnce) {
        await this.#tellOf(due.slice(from, from + toldAtOnce));
      }
      this.#outage.passed();
    } catch (error) {
      for (const tally of due) if (tally.told !== tally.count) this.#changed.add(tally);
      this.#outage.failed(error);
    }
    this.#telling = false;
    if (this.#changed.size > 0) this.#tellSoon();
  }

  async #tellOf(tallies: readonly Tally[]): Promise<void> {
    const counts = tallies.map(({ gateway, userId, role, count }) => ({
      ...{ channel: gatewayKey(gateway), userId, role, count },
    }));
    const elsewhere = await this.#deps.store.tell(counts);
    const shared: SharedUser[] = [];
    for (const [index, tally] of tallies.entries()) {
      const { count: told } = counts[index] ?? tally;
      const before = tally.elsewhere;
      tally.told = told;
      tally.elsewhere = elsewhere[index] ?? 0;
      if (before + tally.elsewhere > 0) {
        shared.push([tally.gateway, tally.userId, told + tally.elsewhere]);
        this.#endSurplus(tally);
      }
      // Connections that came meanwhile are among the changed ones.
      if (!this.#changed.has(tally)) this.#settled(tally);
    }
    this.#signal(shared);
  }

  /**
   * The newest of the connections that the others had not been told of: of two processes, only one ends those that are
   * too many.
   */
  #endSurplus({ count, elsewhere, untold = [] }: Tally): void {
    const [first] = untold;
    if (!first) return;
    const surplus = count + elsewhere - this.#deps.limits[first.transport.gateway.userLimit];
    const live = untold.filter(({ closed }) => !closed);
    if (surplus <= 0) return;
    for (const session of live.slice(-surplus)) {
      const { code, message, retryAfterMs } = this.#tooMany(session);
      const { id: clientId, principal, transport } = session;
      const about = { clientId, userId: principal?.userId, transport: transport.gateway.name };
      this.#deps.refused(code, about);
      session.transport.send(errorFrame(code, message, { retryAfterMs }));
      this.#deps.end(session, 'too_many_connections');
    }
  }

  #settled(tally: Tally): void {
    tally.untold = undefined;
    const users = this.#gateways.get(tally.gateway);
    if (tally.count === 0 && users?.get(tally.userId) === tally) users.delete(tally.userId);
  }

  /** A process that has connections of these users learns of those there. */
  #signal(users: readonly SharedUser[]): void {
    let part: SharedUser[] = [];
    let size = 0;
    const send = () => {
      if (part.length > 0) {
        this.#deps.broker.signal(connectionsChannel, encodeSignal({ kind: 'connections', users: part }));
      }
      [part, size] = [[], 0];
    };
    for (const user of users) {
      const bytes = Buffer.byteLength(JSON.stringify(user)) + 1;
      if (size + bytes > maxSignalBytes - 100) send();
      part.push(user);
      size += bytes;
    }
    send();
  }

  #tooMany({ transport }: Session): AppError {
    const { name, userLimit } = transport.gateway;
    const { [userLimit]: most, heartbeatMs } = this.#deps.limits;
    return new AppError('too_many_connections', `A user may have ${most} live ${name} connections.`, {
      retryAfterMs: 2 * heartbeatMs,
    });
  }
}
