import { formatPosition, type Position } from '../../../src/protocol/wire/position.ts';
import { skippedType } from '../../../src/protocol/wire/publication.ts';
import type { Delivery } from '../../../src/realtime/ports/transport.ts';
import type { Subscribed } from '../../../src/realtime/subscriptions/recovery.ts';
import type { Ledger } from './ledger.ts';

/** A subscribe under way. */
interface Asked {
  readonly since: Position | undefined;
  /** Whether the log could give everything after `since` when it was asked. */
  readonly wasRecoverable: boolean;
  isAnswered: boolean;
}

/**
 * The reference of one reader, and the judge of everything that the server tells it. R2: each publication is the one
 * that was committed at the next offset of the life that the reader follows; none comes twice but up to the position
 * that the reader itself asked for, which this process may not have reached yet. R1: a position that the log can continue is
 * continued; `recovered: false` is right only where it cannot.
 */
export class ReferenceReader {
  readonly userId: string;
  readonly #ledger: Ledger;
  readonly #fault: (text: string) => void;
  /** Up to where the reader was served; undefined without a subscription. */
  #at: Position | undefined;
  /** The offset after which it asked to be served. */
  #began = 0;
  /** The last position it knows, also after it left: what a client keeps. */
  #seen: Position | undefined;
  #asked: Asked | undefined;

  constructor(userId: string, ledger: Ledger, report: (fault: string) => void) {
    this.userId = userId;
    this.#ledger = ledger;
    this.#fault = (text) => report(`${userId}: ${text}`);
  }

  get at(): Position | undefined {
    return this.#at;
  }

  get seen(): Position | undefined {
    return this.#seen;
  }

  asks(since: Position | undefined): void {
    const wasRecoverable = since !== undefined && this.#ledger.isRecoverable(since);
    this.#asked = { since, wasRecoverable, isAnswered: false };
  }

  /** The reply to a subscribe. */
  answered({ position: told, recovered }: Subscribed): void {
    const asked = this.#asked;
    if (!asked || asked.isAnswered) {
      this.moved(told, recovered);
      return;
    }
    asked.isAnswered = true;
    const { since, wasRecoverable } = asked;
    const position = this.#known(told);
    if (!position) return;
    if (since === undefined && recovered !== undefined) this.#fault(`recovered is ${recovered} unasked`);
    if (since && recovered === undefined) this.#fault('whether it was recovered is not told');
    if (recovered && !isSame(position, since ?? position))
      this.#fault(`recovered at ${formatPosition(told)}`);
    if (recovered === false && wasRecoverable && since && this.#ledger.isRecoverable(since)) {
      this.#fault(`R1: ${formatPosition(since)} can be recovered and was not`);
    }
    this.#goTo(position);
    this.#began = position.offset;
  }

  /** The subscribe is over, with an error or without. */
  askedIsOver(error: unknown, isClosed: boolean): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (error !== undefined && !(asked && asked.since === undefined && this.#at && !asked.isAnswered)) {
      this.#at = undefined;
    }
    if (error === undefined && !asked?.isAnswered && !isClosed) this.#fault('R1: a subscribe in silence');
  }

  /** A `subscribed` frame that nobody asked for: the reader goes on from there. */
  moved(told: Position, recovered: boolean | undefined): void {
    const before = this.#at;
    const text = formatPosition(told);
    const position = this.#known(told);
    if (!before) this.#fault(`moved to ${text} without a subscription`);
    if (!before || !position) return;
    if (recovered !== false) this.#fault(`moved to ${text} with recovered ${recovered}`);
    if (position.epoch === before.epoch && this.#ledger.isRecoverable(before) && !this.#isAhead()) {
      this.#fault(`R1: moved from ${formatPosition(before)} to ${text}, and nothing was lost between`);
    }
    this.#goTo(position);
    this.#began = position.offset;
  }

  given({ publication, text }: Delivery): void {
    const at = this.#at;
    const named = `${publication.id} at ${formatPosition(publication)}`;
    if (!at) this.#fault(`${named} without a subscription`);
    const committed = this.#ledger.at(publication);
    if (publication.id !== committed?.id) this.#fault(`R2: ${named} in place of ${committed?.id}`);
    const isKept = (JSON.parse(text) as { type: string }).type === skippedType;
    if (isKept !== (committed?.exclude === `user:${this.userId}`)) {
      this.#fault(`R3: ${named} ${isKept ? 'kept from' : 'shown to'} its reader`);
    }
    const isKnown = publication.epoch === at?.epoch && publication.offset <= this.#began;
    if (!at || isKnown) return;
    if (publication.epoch !== at.epoch || publication.offset !== at.offset + 1) {
      this.#fault(`R2: ${named} after ${formatPosition(at)}`);
    }
    this.#goTo({ epoch: at.epoch, offset: at.offset + 1 });
  }

  left(): void {
    this.#at = undefined;
  }

  /** R1: a subscriber has everything up to `position`. */
  hasReached(position: Position, why: string): void {
    if (!this.#at) return;
    const reached = this.#at.epoch === position.epoch && this.#at.offset >= position.offset;
    if (!reached) {
      this.#fault(`R1: at ${formatPosition(this.#at)}, and ${why} ${formatPosition(position)}`);
    }
  }

  /** A reader that began ahead of its process shares what the process loses on the way there. */
  #isAhead(): boolean {
    return this.#at?.offset === this.#began && this.#ledger.pruned > 0;
  }

  #goTo(position: Position): void {
    this.#at = position;
    this.#seen = position;
  }

  #known(position: Position): Position | undefined {
    if (this.#ledger.holds(position)) return position;
    this.#fault(`${formatPosition(position)} is no position of the log`);
    return undefined;
  }
}

const isSame = (one: Position, other: Position) => one.epoch === other.epoch && one.offset === other.offset;
