import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Position, parsePosition } from '../../protocol/position.ts';
import type { LiveChannel } from '../../realtime/live-channel.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { SyncResult } from '../../realtime/recovery.ts';
import { parseTime } from './time.ts';
import { Wait, type WaitHost } from './wait.ts';

export interface Poll {
  readonly principal: Principal;
  readonly channel: string;
  /** A position or a time in ISO 8601. */
  readonly since: string | undefined;
  readonly limit: number;
  /** Longest time to wait for something new, in milliseconds. */
  readonly waitMs: number;
  /** Whoever asked has gone. */
  readonly signal: AbortSignal;
}

/** Answers polls from the log. Those that wait are sessions of the manager, which wakes them. */
export class PollingGateway implements WaitHost {
  readonly name = 'polling';
  readonly userLimit = 'socketsPerUser';
  readonly manager: RealtimeManager;
  readonly clock: Clock;
  readonly #waiting = new Map<string, Set<Wait>>();

  constructor(deps: { readonly manager: RealtimeManager; readonly clock: Clock }) {
    this.manager = deps.manager;
    this.clock = deps.clock;
  }

  async answer(poll: Poll): Promise<SyncResult> {
    const { principal, channel, limit } = poll;
    const since = await this.#position(poll);
    if (poll.waitMs === 0) return this.manager.history(principal, channel, since, limit);
    return this.#await(poll, since);
  }

  broadcast(channel: string): void {
    for (const wait of this.#waiting.get(channel) ?? []) wait.wake();
  }

  join(channel: string, wait: Wait): void {
    const waits = this.#waiting.get(channel);
    if (waits) waits.add(wait);
    else this.#waiting.set(channel, new Set([wait]));
  }

  leave(channel: string, wait: Wait): void {
    const waits = this.#waiting.get(channel);
    waits?.delete(wait);
    if (waits?.size === 0) this.#waiting.delete(channel);
  }

  async #position({ principal, channel, since }: Poll): Promise<Position | undefined> {
    if (since === undefined) return undefined;
    const position = parsePosition(since);
    if (position) return position;
    const time = parseTime(since);
    if (time !== undefined) return this.manager.positionBefore(principal, channel, time);
    throw new AppError(
      'validation_failed',
      '"since" is a position as the server gave it, epoch:offset, or a time such as 2026-01-31T08:00:00Z.',
    );
  }

  async #await({ principal, channel, limit, waitMs, signal }: Poll, since: Position | undefined) {
    const wait = new Wait(this);
    const end = () => wait.end();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    using _limit = this.clock.after(waitMs, end);
    try {
      const { session } = wait;
      await this.manager.identify(session, principal);
      // Armed before the log is asked: what is committed after the answer of the log wakes us (R1).
      await this.manager.subscribe(session, channel, undefined, () => undefined);
      for (;;) {
        const current = session.identified(this.clock.now());
        const page = await this.manager.history(current, channel, since, limit);
        if (page.publications.length > 0 || !page.recovered || wait.over) return page;
        const live = session.subscriptions.get(channel);
        // A shared read of the log can be older than what woke us: then it is asked again, without a wait.
        if (!live || !isBeyond(live, page)) await wait.news();
      }
    } catch (error) {
      if (AppError.from(error).code === 'too_many_connections') this.manager.ended('too_many_connections');
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      this.manager.close(wait.session);
    }
  }
}

/** Whether the channel's readers have been served more than the page knows of. */
function isBeyond({ position }: LiveChannel, page: SyncResult): boolean {
  const read = parsePosition(page.position);
  return read?.epoch === position.epoch && position.offset > read.offset;
}
