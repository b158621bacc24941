import type { Broker } from '../ports/broker.ts';
import {
  isGatewayKey,
  type MemberList,
  type Presence as Place,
  type PresenceEntry,
} from '../ports/presence-store.ts';
import type { Principal } from '../principal.ts';
import { encodeSignal } from '../publishing/signal.ts';
import type { Session } from '../sessions/session.ts';
import { maxListed, PresenceChannel, type PresenceChannelDeps } from './presence-channel.ts';

/** A user that comes back within these milliseconds was never away. */
const leaveDelayMs = 15_000;
const somebodyChanged = encodeSignal({ kind: 'presence' });

interface PresenceDeps extends PresenceChannelDeps {
  readonly broker: Broker;
}

/** One user in one channel of this process. */
interface Stay {
  readonly role: string;
  sessions: number;
  /** Since when there is no session. */
  leftAt: number | undefined;
  entering: boolean;
}

/**
 * The readers of every channel, by user, over all processes. The store is the truth: a process that changes it says so
 * on the channel, and every process with readers there reads it again.
 */
export class Presence {
  readonly #deps: PresenceDeps;
  readonly #stays = new Map<string, Map<string, Stay>>();
  readonly #channels = new Map<string, PresenceChannel>();

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
  }

  /** The session reads the channel from now on. A service hears of others and is nobody itself. */
  enter(session: Session, channel: string): void {
    const known = this.#channels.get(channel) ?? new PresenceChannel(channel, this.#deps);
    this.#channels.set(channel, known);
    known.add(session);
    const { principal } = session;
    const isNew = principal && !principal.service && this.#count(channel, principal);
    // A new reader is in the state that it is told.
    if (!isNew && !known.isKnown) known.changed();
  }

  leave(session: Session, channel: string): void {
    const known = this.#channels.get(channel);
    known?.delete(session);
    if (known?.isEmpty) this.#channels.delete(channel);
    const { principal } = session;
    if (!principal || principal.service) return;
    const stay = this.#stays.get(channel)?.get(principal.userId);
    if (stay && --stay.sessions === 0) stay.leftAt = this.#deps.clock.monotonic();
  }

  /**
   * The readers of the channel in all processes; of very many, only some are listed. Rejects with
   * `database_unavailable`.
   */
  list(channel: string): Promise<MemberList> {
    return this.#deps.store.members(channel, maxListed);
  }

  /** Somebody came or went through another process. */
  heard(channel: string): void {
    this.#channels.get(channel)?.changed();
  }

  /** Ends the stays of those who did not come back in time. */
  sweep(): void {
    const due = this.#deps.clock.monotonic() - leaveDelayMs;
    const gone: Place[] = [];
    for (const [channel, users] of this.#stays) {
      for (const [userId, { leftAt }] of users) {
        if (leftAt === undefined || leftAt > due) continue;
        users.delete(userId);
        gone.push({ channel, userId });
      }
      if (users.size === 0) this.#stays.delete(channel);
    }
    const channels = gone.map(({ channel }) => channel);
    if (gone.length > 0) void this.#change(channels, this.#deps.store.leave(gone));
  }

  /** The entries of this process that the store should hold, without those that are on their way. */
  entries(): readonly PresenceEntry[] {
    return [...this.#stays].flatMap(([channel, users]) =>
      [...users].flatMap(([userId, { role, entering }]) => (entering ? [] : [{ channel, userId, role }])),
    );
  }

  /** Has every reader of these channels told what it does not know, here and in the other processes. */
  changed(channels: Iterable<string>): void {
    for (const channel of new Set(channels)) {
      if (isGatewayKey(channel)) continue;
      this.#deps.broker.signal(channel, somebodyChanged);
      this.heard(channel);
    }
  }

  /** Reads every channel again, for changes that were not heard of. */
  refresh(): void {
    for (const known of this.#channels.values()) known.changed();
  }

  /** Whether the user was not here before. */
  #count(channel: string, { userId, role }: Principal): boolean {
    const users = this.#stays.get(channel) ?? new Map<string, Stay>();
    this.#stays.set(channel, users);
    const known = users.get(userId);
    if (known) {
      known.sessions += 1;
      known.leftAt = undefined;
      return false;
    }
    const stay = { role, sessions: 1, leftAt: undefined, entering: true };
    users.set(userId, stay);
    const entering = this.#deps.store.enter([{ channel, userId, role }]).finally(() => {
      stay.entering = false;
    });
    void this.#change([channel], entering);
    return true;
  }

  async #change(channels: readonly string[], changing: Promise<unknown>): Promise<void> {
    try {
      await changing;
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'presence could not be stored; the next beat tries again');
    }
    this.changed(channels);
  }
}
