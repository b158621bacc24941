import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Position, parsePosition } from '../../protocol/wire/position.ts';
import { skippedType } from '../../protocol/wire/publication.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { SyncResult } from '../../realtime/subscriptions/recovery.ts';
import { Readers } from '../fanout/readers.ts';
import { parseTime } from './time.ts';
import { Wait, type WaitHost } from './wait.ts';

export interface Poll {
  readonly principal: Principal;
  readonly channel: string;
  /** A position or a time in ISO 8601. */
  readonly since: string | undefined;
  /** In place of `since`, as it or `latest`: what came before, the newest last. */
  readonly before?: string | undefined;
  readonly limit: number;
  /**
   * The caller sees the items and nothing beside them, and goes on by the time of the last one. So where `since` is
   * gone it gets the oldest that are kept, and a page does not end inside of the millisecond it was asked from: more
   * than `limit` may have been published in that.
   */
  readonly itemsOnly?: boolean;
  /** Longest time to wait for something new, in milliseconds. */
  readonly waitMs: number;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

/** Told the position from which a caller went on, in a channel that it may read. `channel` is the name on the wire. */
export type OnPosition = (principal: Principal, channel: string, position: Position) => void;

interface PollingDeps {
  readonly manager: RealtimeManager;
  readonly clock: Clock;
  readonly onPosition?: OnPosition | undefined;
}

/** Serves polls from the log. Those that wait are sessions of the manager, which wakes them. */
export class PollingGateway implements WaitHost {
  readonly name = 'polling';
  readonly userLimit = 'socketsPerUser';
  readonly manager: RealtimeManager;
  readonly clock: Clock;
  readonly waits = new Readers<Wait>();
  readonly #onPosition: OnPosition | undefined;

  constructor(deps: PollingDeps) {
    this.manager = deps.manager;
    this.#onPosition = deps.onPosition;
    this.clock = deps.clock;
  }

  async answer(poll: Poll): Promise<SyncResult> {
    const { principal, channel, limit } = poll;
    if (poll.before !== undefined) return this.#backwards(poll, poll.before);
    const since = await this.#position(poll, poll.since, 'since');
    const page =
      poll.waitMs === 0
        ? await this.manager.reader.history(principal, channel, since, limit)
        : await this.#await(poll, since);
    // A time in place of a position says nothing of what the caller has.
    const told = page.recovered && poll.since !== undefined ? parsePosition(poll.since) : undefined;
    if (told) this.#onPosition?.(principal, channel, told);
    return poll.itemsOnly ? this.#complete(poll, page) : page;
  }

  broadcast(channel: string): void {
    for (const wait of this.waits.of(channel)) wait.wake();
  }

  multicast(_channel: string, _delivery: Delivery, to: Iterable<Wait>): void {
    for (const wait of to) wait.wake();
  }

  async #backwards(poll: Poll, before: string): Promise<SyncResult> {
    const { principal, channel, since, limit, waitMs } = poll;
    if (since !== undefined || waitMs > 0) {
      const field = since === undefined ? 'wait' : 'since';
      throw new AppError('validation_failed', `"${field}" goes forwards: leave it out with "before".`, {
        field,
      });
    }
    const position = before === 'latest' ? undefined : await this.#position(poll, before, 'before');
    // A time stands for the position before the first publication of that time or later.
    const isTime = position && parsePosition(before) === undefined;
    const end = isTime ? { ...position, offset: position.offset + 1 } : position;
    return this.manager.reader.backwards(principal, channel, end, limit);
  }

  async #position(
    { principal, channel }: Poll,
    text: string | undefined,
    field: 'since' | 'before',
  ): Promise<Position | undefined> {
    if (text === undefined) return undefined;
    const position = parsePosition(text);
    if (position) return position;
    const time = parseTime(text);
    if (time !== undefined) return this.manager.reader.positionBefore(principal, channel, time);
    const orLatest = field === 'before' ? ', or latest' : '';
    throw new AppError(
      'validation_failed',
      `"${field}" is a position as the server gave it, epoch:offset, or a time such as 2026-01-31T08:00:00Z${orLatest}.`,
      { field },
    );
  }

  async #complete({ principal, channel, since = '', limit }: Poll, page: SyncResult): Promise<SyncResult> {
    const read = (after: Position | undefined) =>
      this.manager.reader.history(principal, channel, after, limit);
    let last = page;
    // The oldest publications may be pruned while they are read.
    for (let tries = 0; tries < 3 && !last.recovered; tries++) {
      last = await read(await this.manager.reader.oldestPosition(principal, channel));
    }
    const publications = last.publications.filter(isShown);
    const from = parseTime(since) ?? Number.NEGATIVE_INFINITY;
    while (last.more && timeOf(publications.at(-1)) <= from) {
      const next = await read(last.position);
      if (!next.recovered) break;
      publications.push(...next.publications.filter(isShown));
      last = next;
    }
    return { ...last, publications, recovered: page.recovered };
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
        // A revocation ends the wait: nothing is read for a token that was withdrawn meanwhile (R3).
        this.manager.control.check(current);
        const page = await this.manager.reader.history(current, channel, since, limit);
        if (page.publications.length > 0 || !page.recovered || wait.over) return page;
        const live = session.subscriptions.get(channel);
        // A shared read of the log can be older than what woke us: then it is asked again, without a wait.
        if (live && live.position.epoch !== page.position.epoch) await live.checkLife();
        else if (!live || live.position.offset <= page.position.offset) await wait.news();
      }
    } catch (error) {
      if (AppError.from(error).code === 'too_many_connections') {
        this.manager.disconnect(wait.session, 'too_many_connections');
      }
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      this.manager.close(wait.session);
    }
  }
}

/** A skipped publication matters to readers that count offsets, and to no others. */
const isShown = (text: string) => !text.startsWith(`{"type":"${skippedType}"`);

/** Returns the time of a publication's JSON text; without a text, the beginning of time. */
function timeOf(text: string | undefined): number {
  return text === undefined ? Number.NEGATIVE_INFINITY : Date.parse(JSON.parse(text).timestamp);
}
