import type { PublicationFrame } from '../../../../src/protocol/wire/frame-types.ts';

/** A publication before it has a place in the log. */
export interface Draft {
  readonly type: string;
  readonly data: unknown;
  readonly eventType?: string;
  readonly key?: string;
}

/** The log of one channel, in memory. */
export class ChannelLog {
  readonly #channel: string;
  readonly #receipts = new Map<string, string>();
  #publications: PublicationFrame[] = [];
  #life = 1;
  #head = 0;

  constructor(channel: string) {
    this.#channel = channel;
  }

  /** Everything up to here was published. */
  get position(): string {
    return this.#at(this.#head);
  }

  append({ key, ...draft }: Draft): { readonly frame: PublicationFrame; readonly isRepeated: boolean } {
    const former = this.#publications.find(({ id }) => key !== undefined && id === this.#receipts.get(key));
    if (former) return { frame: former, isRepeated: true };
    const offset = ++this.#head;
    const id = `${this.#channel}/${this.#life}/${offset}`;
    const timestamp = new Date().toISOString();
    const frame: PublicationFrame = { ...draft, channel: this.#channel, timestamp, offset, id };
    this.#publications.push(frame);
    if (key !== undefined) this.#receipts.set(key, id);
    return { frame, isRepeated: false };
  }

  positionOf({ offset }: PublicationFrame): string {
    return this.#at(offset);
  }

  /** The publications after a position; undefined where the log no longer holds all of them. */
  after(since: string): readonly PublicationFrame[] | undefined {
    const [epoch, offset] = since.split(':');
    if (epoch !== this.#epoch) return undefined;
    const missed = this.#publications.filter((each) => each.offset > Number(offset));
    return missed.length === this.#head - Number(offset) ? missed : undefined;
  }

  page({ before, limit = 50 }: { readonly before?: string; readonly limit?: number }) {
    const end = before === undefined ? Number.POSITIVE_INFINITY : Number(before.split(':')[1]);
    const older = this.#publications.filter(({ offset }) => offset < end);
    const publications = older.slice(-limit);
    const first = publications[0]?.offset ?? this.#head + 1;
    return { publications, position: this.#at(first), more: older.length > publications.length };
  }

  /** Takes everything out of the log: who comes back after it has to fetch the state. */
  prune(): void {
    this.#publications = [];
    this.#receipts.clear();
  }

  /** Begins a new life, as after a restored backup. */
  renew(): void {
    this.prune();
    this.#life++;
    this.#head = 0;
  }

  get #epoch(): string {
    return `test${this.#life}`;
  }

  #at(offset: number): string {
    return `${this.#epoch}:${offset}`;
  }
}
