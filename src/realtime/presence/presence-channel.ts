import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { Member, MemberList, PresenceStore } from '../ports/presence-store.ts';
import type { Session } from '../sessions/session.ts';

/** Members that are listed; the count is of all. */
export const maxListed = 100;
/** Changes within this are told together: a crowd that comes in costs each reader a few frames. Milliseconds. */
const gatherMs = 100;

export interface PresenceChannelDeps {
  readonly store: PresenceStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells the sessions that read a channel here of its readers anywhere: first the state, then every difference to it.
 * Each difference is between two readings of the store, so a change that was not heard of is in the next one.
 */
export class PresenceChannel {
  readonly #channel: string;
  readonly #deps: PresenceChannelDeps;
  readonly #sessions = new Set<Session>();
  #known: MemberList | undefined;
  #reading = false;
  #readAgain = false;

  constructor(channel: string, deps: PresenceChannelDeps) {
    this.#channel = channel;
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  /** Tells the state, now or as soon as it is read. */
  add(session: Session): void {
    this.#sessions.add(session);
    if (this.#known) session.transport.send(this.#state(this.#known));
  }

  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  delete(session: Session): void {
    this.#sessions.delete(session);
  }

  /** Somebody came or went, or may have. */
  changed(): void {
    this.#readAgain = true;
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    const { store, clock, logger } = this.#deps;
    this.#reading = true;
    while (this.#readAgain && !this.isEmpty) {
      if (this.#known) await new Promise<void>((resolve) => clock.after(gatherMs, resolve));
      this.#readAgain = false;
      try {
        this.#tell(await store.members(this.#channel, maxListed));
      } catch (error) {
        logger.warn(
          { err: error, channel: this.#channel },
          'presence of a channel could not be read; its readers hear of changes after the next read',
        );
      }
    }
    this.#reading = false;
  }

  #tell(now: MemberList): void {
    const frame = this.#known ? this.#difference(this.#known, now) : this.#state(now);
    this.#known = now;
    if (frame) for (const { transport } of this.#sessions) transport.send(frame);
  }

  #state({ count, members }: MemberList) {
    return { type: 'presence_state', channel: this.#channel, count, users: members.map(toUser) } as const;
  }

  #difference(before: MemberList, { count, members }: MemberList) {
    const joins = without(members, before.members).map(toUser);
    const leaves = without(before.members, members).map(({ userId }) => userId);
    if (joins.length === 0 && leaves.length === 0 && count === before.count) return undefined;
    return { type: 'presence_diff', channel: this.#channel, count, joins, leaves } as const;
  }
}

/** A member as the wire shows it. */
export function toUser({ userId, role, since }: Member) {
  return { userId, role, since: new Date(since).toISOString() };
}

/** The members of `all` that are not among `others`. */
function without(all: readonly Member[], others: readonly Member[]): readonly Member[] {
  const ids = new Set(others.map(({ userId }) => userId));
  return all.filter(({ userId }) => !ids.has(userId));
}
