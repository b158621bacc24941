import type { Position } from '../../../src/protocol/wire/position.ts';
import type { Exclusion, Publication } from '../../../src/protocol/wire/publication.ts';

/** One life of the channel's log. Offset n is at index n - 1. */
interface Life {
  readonly epoch: string;
  readonly publications: Publication[];
  /** Publications up to this offset are pruned. */
  pruned: number;
}

/** The reference: every publication that was committed, in every life of the one channel. */
export class Ledger {
  readonly #lives: [Life, ...Life[]] = [{ epoch: 'e1', publications: [], pruned: 0 }];
  readonly #channel: string;
  #ids = 0;

  constructor(channel: string) {
    this.#channel = channel;
  }

  /** The end of the log now. */
  get head(): Position {
    const { epoch, publications } = this.#present;
    return { epoch, offset: publications.length };
  }

  /** The end of the life before this one, or of this one. */
  get formerHead(): Position {
    const { epoch, publications } = this.#lives.at(-2) ?? this.#present;
    return { epoch, offset: publications.length };
  }

  /** Publications of this life up to this offset are gone. */
  get pruned(): number {
    return this.#present.pruned;
  }

  commit(exclude: Exclusion | undefined): Publication {
    const { epoch, publications } = this.#present;
    const publication: Publication = {
      id: `p${++this.#ids}`,
      channel: this.#channel,
      epoch,
      offset: publications.length + 1,
      type: 'note',
      data: 'null',
      timestamp: '2026-01-01T00:00:00.000Z',
      ...(exclude && { exclude }),
    };
    publications.push(publication);
    return publication;
  }

  /** The log begins a new life that holds the first `kept` publications of the life before it. */
  beginLife(kept: number): void {
    const { publications, pruned } = this.#present;
    const epoch = `e${this.#lives.length + 1}`;
    this.#lives.push({
      epoch,
      publications: publications.slice(0, kept).map((each) => ({ ...each, epoch })),
      pruned: Math.min(pruned, kept),
    });
  }

  /** Removes the oldest `count` publications. */
  prune(count: number): void {
    const { publications, pruned } = this.#present;
    this.#present.pruned = Math.min(publications.length, pruned + count);
  }

  /** At most `limit` of what the log still holds after `offset`. */
  read(offset: number, limit: number): readonly Publication[] {
    const { publications, pruned } = this.#present;
    const from = Math.max(offset, pruned);
    return publications.slice(from, from + limit);
  }

  /** The publication that was committed there, pruned or not. */
  at({ epoch, offset }: Position): Publication | undefined {
    return this.#life(epoch)?.publications[offset - 1];
  }

  /** Whether the position is one that the log has given out. */
  holds({ epoch, offset }: Position): boolean {
    const life = this.#life(epoch);
    return life !== undefined && offset >= 0 && offset <= life.publications.length;
  }

  /** Whether everything after the position can still be read. */
  isRecoverable({ epoch, offset }: Position): boolean {
    return epoch === this.head.epoch && offset <= this.head.offset && this.#present.pruned <= offset;
  }

  get #present(): Life {
    return this.#lives.at(-1) ?? this.#lives[0];
  }

  #life(epoch: string): Life | undefined {
    return this.#lives.find((life) => life.epoch === epoch);
  }
}
