import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import type { Database, Drizzle } from '../connection/open.ts';
import type { Publisher } from '../publisher.ts';
import {
  extend,
  grant,
  granting,
  grantNext,
  type Lease,
  type LeaseOwner,
  leaseGraceMs,
  leaveLine,
  lockExpired,
  lockLease,
  readLease,
  standInLine,
} from './lease-statements.ts';

/** `position` when somebody else holds the lease: how many get it before, this one included. */
export type Asked = { readonly lease: Lease; readonly position?: number };

export interface LeasesDeps {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly manager: Pick<RealtimeManager, 'onSessionEnd'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

/** Sessions that end within these milliseconds share their statements. */
const gatherMs = 100;
const sessionsAtOnce = 500;

/**
 * Leases on names, one holder each, over all processes, by the database's clock. The name is a channel: every change of
 * the holder is published on it, as `lease` with the {@link Lease}, in the transaction that makes it. Whether somebody
 * may have a lease is for the caller to decide. All methods throw `database_unavailable`.
 */
export class Leases implements AsyncDisposable {
  readonly #deps: LeasesDeps;
  readonly #subscription: Disposable;
  /** Sessions whose leases and places are not given up yet. */
  #ended: string[] = [];
  #gathering: Disposable | undefined;
  /** Never reject. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #outage: Outage;
  #sweeping = false;

  constructor(deps: LeasesDeps) {
    this.#deps = deps;
    this.#outage = new Outage({
      logger: deps.logger,
      failing: 'expired leases cannot be handed on; will retry',
      healed: 'expired leases are handed on again',
    });
    this.#subscription = deps.manager.onSessionEnd(({ id }) => {
      this.#ended.push(id);
      this.#gathering ??= deps.clock.after(gatherMs, () => this.#endGathered());
    });
  }

  read(name: string): Promise<Lease> {
    return readLease(this.#deps.database.db, name);
  }

  /**
   * The lease, for the caller if nobody has or awaits it, or has it already. Otherwise a place in the queue, which is to
   * be asked for again before the time of a lease is over. Throws `conflict` when it is not to `wait` and another holds it.
   */
  async acquire(name: string, owner: LeaseOwner, { wait }: { readonly wait: boolean }): Promise<Asked> {
    const granted = await this.#deps.publisher.write<Lease>({
      ...granting(name, owner),
      publications: [{ channel: name, type: 'lease', eventType: 'granted' }],
    });
    if (granted) return { lease: granted.result };
    return this.#change(name, async (tx, found) => {
      if (found.holder && isOwner(found.holder, owner)) {
        return { lease: (await extend(tx, name, found.token, owner)) ?? found };
      }
      if (!found.holder) return { lease: await grant(tx, name, owner) };
      if (!wait) throw heldBy(found);
      return { lease: found, position: await standInLine(tx, name, owner) };
    });
  }

  /** From now on held with the session of `owner`. Throws `conflict` when the token is no longer the holder's. */
  async renew(name: string, token: number, owner: LeaseOwner): Promise<Asked> {
    const renewed = await extend(this.#deps.database.db, name, token, owner);
    if (renewed) return { lease: renewed };
    return this.#change(name, async (tx, found) => {
      const lease = await extend(tx, name, token, owner);
      if (!lease) throw stale(token, found);
      return { lease };
    });
  }

  /** Gives back the lease, or the place in the queue; whether there was either. */
  async release(name: string, owner: LeaseOwner): Promise<boolean> {
    let released = false;
    await this.#change(name, async (tx, found) => {
      const holds = found.holder !== null && isOwner(found.holder, owner);
      released = (await leaveLine(tx, name, owner)) || holds;
      return { lease: holds ? await grantNext(tx, name) : found };
    });
    return released;
  }

  /** Takes the lease from its holder and gives it to the first in the queue. Returns whether anybody held it. */
  async break(name: string): Promise<boolean> {
    let broken = false;
    await this.#change(name, async (tx, found) => {
      broken = found.holder !== null;
      return { lease: broken ? await grantNext(tx, name) : found };
    });
    return broken;
  }

  /** Hands on what is over. One pass at a time; never rejects. */
  sweep(): Promise<void> {
    const sweeping = this.#sweep();
    this.#follow(sweeping);
    return sweeping;
  }

  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      while (await this.#passOnExpired());
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
    }
    this.#sweeping = false;
  }

  /** Resolves when the sessions that ended have left what they held. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    this.#endGathered();
    await Promise.all(this.#underWay);
  }

  #follow(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.then(() => this.#underWay.delete(work));
  }

  /** Hands on a lease whose time is over before `work` sees it, and publishes who holds it afterwards if that changed. */
  async #change(name: string, work: (tx: Drizzle, found: Lease) => Promise<Asked>): Promise<Asked> {
    const { result } = await this.#deps.publisher.transaction(async (tx, publish) => {
      const { lease: before, isOver } = await lockLease(tx, name);
      const found = isOver ? await grantNext(tx, name) : before;
      const asked = await work(tx, found);
      const { lease } = asked;
      if (isOver || lease.token !== before.token || !lease.holder !== !before.holder) {
        publish(publicationOf(lease));
      }
      return asked;
    });
    return result;
  }

  async #passOnExpired(): Promise<boolean> {
    const { result } = await this.#deps.publisher.transaction(async (tx, publish) => {
      const expired = await lockExpired(tx);
      if (expired) publish(publicationOf(await grantNext(tx, expired.lease.name)));
      return expired !== undefined;
    });
    return result;
  }

  #endGathered(): void {
    this.#gathering?.[Symbol.dispose]();
    this.#gathering = undefined;
    const ended = this.#ended;
    this.#ended = [];
    if (ended.length > 0) this.#follow(this.#shortenAll(ended));
  }

  /** Never rejects. */
  async #shortenAll(sessionIds: readonly string[]): Promise<void> {
    try {
      for (let from = 0; from < sessionIds.length; from += sessionsAtOnce) {
        await this.#shorten(sessionIds.slice(from, from + sessionsAtOnce));
      }
    } catch (error) {
      this.#deps.logger.warn(
        { err: error },
        'leases of ended sessions could not be released; they end when their time is over',
      );
    }
  }

  /** Locks the leases in the order of their names: two of these never wait for each other. */
  async #shorten(sessionIds: readonly string[]): Promise<void> {
    const { query } = this.#deps.database;
    await query('delete from public.realtime_lease_waiters where session_id = any($1::text[])', [sessionIds]);
    await query(shortenStatement, [sessionIds, leaseGraceMs]);
  }
}

const shortenStatement = `
with held as materialized (
  select name from public.realtime_leases
  where session_id = any($1::text[]) and expires_at > clock_timestamp() order by name collate "C" for update
)
update public.realtime_leases l
set expires_at = least(l.expires_at, clock_timestamp() + $2 * interval '1 millisecond')
from held where l.name = held.name`;

function publicationOf(lease: Lease): NewPublication {
  const eventType = lease.holder ? 'granted' : 'released';
  return { channel: lease.name, type: 'lease', eventType, data: lease };
}

const isOwner = (holder: LeaseOwner, { userId, sessionId }: LeaseOwner) =>
  holder.userId === userId && holder.sessionId === sessionId;

function heldBy({ holder, name }: Lease): AppError {
  const detail = holder ? ` by ${holder.userId} until ${holder.expiresAt}` : '';
  return new AppError('conflict', `This is held${detail}.`, { details: { name, holder } });
}

function stale(token: number, { name, holder }: Lease): AppError {
  const now = holder ? `it is ${holder.userId}'s until ${holder.expiresAt}` : 'nobody holds it';
  return new AppError('conflict', `Token ${token} no longer holds this: ${now}.`, {
    details: { name, holder },
  });
}
