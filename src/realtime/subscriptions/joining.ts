import type { Position } from '../../protocol/wire/position.ts';
import type { LiveChannel } from '../channels/live-channel.ts';
import type { Delivery } from '../ports/transport.ts';
import type { Session } from '../sessions/session.ts';
import { continuesAt, givenTo, type Subscribed } from './recovery.ts';

/** A session that missed more than this fetches a snapshot instead. */
export const maxMissed = 10_000;

type Reply = (answer: Subscribed) => void;

/**
 * Joins the session to the live channel after the publications that it missed: backfill, cutover, live. Nothing falls
 * between history and live, and nothing is buffered per session. Returns how it went; undefined for a session that
 * ended.
 */
export async function joinSince(
  session: Session,
  live: LiveChannel,
  since: Position,
  reply: Reply,
): Promise<'recovered' | 'lost' | undefined> {
  await followLife(live, since);
  const backlog = new Backlog(session, live, since, reply);
  while (!session.closed && backlog.isRecoverable) {
    if (backlog.cutOver()) return 'recovered';
    if (!(await backlog.backfill())) break;
  }
  if (session.closed) return undefined;
  joinAtHead(session, live, reply, false);
  return 'lost';
}

/**
 * A client that heard of a new life elsewhere comes before this process has. The first read of the end may have begun
 * before the client asked; the second one has not.
 */
async function followLife(live: LiveChannel, since: Position): Promise<void> {
  for (let reads = 0; reads < 2 && since.epoch !== live.position.epoch; reads++) await live.checkLife();
}

/** Joins the session to the live channel at its head. `recovered` is false where its position could not be honoured. */
export function joinAtHead(session: Session, live: LiveChannel, reply: Reply, recovered?: false): undefined {
  const { position } = live;
  reply(recovered === undefined ? { position } : { position, recovered });
  live.join(session);
}

/** The publications that a session missed, and its place in them. */
class Backlog {
  readonly #session: Session;
  readonly #live: LiveChannel;
  readonly #since: Position;
  readonly #reply: Reply;
  /** The session was given everything up to here. */
  #offset: number;
  /** The log was read, and holds this place of the session. */
  #isInLog = false;
  #isReplied = false;

  constructor(session: Session, live: LiveChannel, since: Position, reply: Reply) {
    this.#session = session;
    this.#live = live;
    this.#since = since;
    this.#reply = reply;
    this.#offset = since.offset;
  }

  get isRecoverable(): boolean {
    const { epoch, offset } = this.#live.position;
    return this.#since.epoch === epoch && offset - this.#offset <= maxMissed;
  }

  /**
   * Sends the rest from the tail of the channel and joins, in one synchronous turn. Returns false where the tail does
   * not reach back that far.
   */
  cutOver(): boolean {
    const isAhead = this.#isInLog && this.#offset > this.#live.position.offset;
    const rest = isAhead ? [] : this.#live.tailAfter(this.#offset);
    if (!rest) return false;
    this.#replyOnce();
    for (const delivery of rest) this.#give(delivery);
    this.#live.join(this.#session, this.#since.offset);
    return true;
  }

  /** Sends the next publications from history. Returns false where the log does not continue the place of the session. */
  async backfill(): Promise<boolean> {
    const { transport } = this.#session;
    const block = await this.#live.historyAfter(this.#offset);
    if (this.#session.closed) return true;
    if (!continuesAt(block, this.#since.epoch, this.#offset)) return false;
    this.#isInLog = true;
    this.#replyOnce();
    // The client may have heard more elsewhere than this process has yet: the live channel catches up by itself.
    this.#live.hearOf(block.head);
    for (const delivery of block.deliveries) {
      if (delivery.publication.offset > this.#live.position.offset) break;
      this.#give(delivery);
      this.#offset = delivery.publication.offset;
      // The missed publications of a slow reader wait in the log, not in its send buffer (R4).
      if (transport.congested) await transport.drained();
      if (this.#session.closed) break;
    }
    return true;
  }

  #give(delivery: Delivery): void {
    this.#session.transport.deliver(givenTo(this.#session, delivery, this.#live.wireName, this.#since));
  }

  #replyOnce(): void {
    if (!this.#isReplied) this.#reply({ position: this.#since, recovered: true });
    this.#isReplied = true;
  }
}
