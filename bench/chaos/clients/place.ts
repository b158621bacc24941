import { type Position, parsePosition } from '../../../src/protocol/wire/position.ts';

/** Consecutive publications of one life of a channel, `after` excluded. */
interface Span {
  readonly epoch: string;
  readonly after: number;
  to: number;
  /** False: the server said that they are gone, and the reader took a snapshot instead. */
  readonly received: boolean;
}

/** The knowledge of one reader about one channel: all a client has to keep, and a record of it for the test. */
export class Place {
  epoch = '';
  /** The highest offset handled; what is not above it is dropped. */
  seen = 0;
  /** Whether the subscription stands on the present connection. */
  live = false;
  readonly #spans: Span[] = [];
  /** The last offset on this connection, and whether it is only the one of the server's answer. */
  #onWire = 0;
  #isFirst = true;

  /** `epoch:offset`, or undefined before the first answer. */
  get since(): string | undefined {
    return this.epoch ? `${this.epoch}:${this.seen}` : undefined;
  }

  get position(): Position {
    return { epoch: this.epoch, offset: this.seen };
  }

  /** The server's answer to a subscribe, or its word that it lost the thread. */
  subscribed(position: string, recovered: boolean | undefined): void {
    const parsed = parsePosition(position);
    if (!parsed) throw new Error(`Not a position: ${position}`);
    const { epoch, offset } = parsed;
    this.live = true;
    this.#onWire = offset;
    this.#isFirst = true;
    if (recovered) return;
    if (this.epoch && this.epoch !== epoch) {
      this.#spans.push({
        epoch: this.epoch,
        after: this.seen,
        to: Number.POSITIVE_INFINITY,
        received: false,
      });
      this.#spans.push({ epoch, after: 0, to: offset, received: false });
    } else if (this.epoch) {
      this.#spans.push({ epoch, after: this.seen, to: offset, received: false });
    }
    this.epoch = epoch;
    this.seen = offset;
    this.#spans.push({ epoch, after: offset, to: offset, received: true });
  }

  /** `new`, `known` (the client drops it), and whether it came where the server's own order has it. */
  take(offset: number): { readonly isNew: boolean; readonly inOrder: boolean } {
    // A process that has heard less than the reader gives it what it knows already, then the rest, without a hole.
    const inOrder = this.#isFirst ? offset <= this.#onWire + 1 : offset === this.#onWire + 1;
    this.#onWire = offset;
    this.#isFirst = false;
    if (offset <= this.seen) return { isNew: false, inOrder };
    const last = this.#spans.at(-1);
    if (last && offset === this.seen + 1) last.to = offset;
    else this.#spans.push({ epoch: this.epoch, after: offset - 1, to: offset, received: true });
    this.seen = offset;
    return { isNew: true, inOrder };
  }

  reached(goal: Position): boolean {
    return this.live && this.epoch === goal.epoch && this.seen >= goal.offset;
  }

  /** Whether the reader received this publication, or was told that it cannot have it. */
  accounts(position: Position): boolean {
    const first = this.#spans.find(({ received }) => received);
    // Publications from before the reader first came are not owed.
    if (first && first.epoch === position.epoch && position.offset <= first.after) return true;
    return this.#spans.some(
      ({ epoch, after, to }) => epoch === position.epoch && position.offset > after && position.offset <= to,
    );
  }
}
