import type { Position } from '../../protocol/wire/position.ts';
import { encodePublication, skipped } from '../../protocol/wire/publication.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Delivery } from '../ports/transport.ts';

/** Consecutive publications of a channel, encoded once for all who read them. */
export interface Block {
  /** The end of the channel when the block was read. */
  readonly head: Position;
  readonly deliveries: readonly Delivery[];
}

/** The delivery that an excluded reader gets instead. */
export function skippedDelivery({ publication }: Delivery, wireName: string): Delivery {
  const inItsPlace = skipped(publication);
  return { publication: inItsPlace, text: encodePublication(inItsPlace, wireName) };
}

/** Publications in a full block; blocks begin at its multiples, so that readers with near positions share them. */
const blockSize = 100;
/** Characters of full blocks that are kept, over all channels. */
const maxCached = 16 * 1024 * 1024;

interface Names {
  readonly name: string;
  readonly wireName: string;
}

/**
 * Shared reads of history. A caller that asks for a block that is being read waits for that read; full blocks never
 * change and are kept. A thousand clients that come back at once with the same position cost the database one read.
 */
export class History {
  readonly #log: EventLog;
  readonly #reading = new Map<string, Promise<Block>>();
  readonly #heads = new Map<string, Promise<Position>>();
  /** The least recently used first. */
  readonly #kept = new Map<string, Block>();
  #characters = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The publications after `offset`: at least one, unless the log has none or has pruned it. */
  async after(channel: Names, epoch: string | undefined, offset: number): Promise<Block> {
    const start = offset - (offset % blockSize);
    const kept = this.#keptBlock(key(channel, start));
    if (kept && kept.head.epoch === epoch) return from(kept, offset);
    const block = from(await this.#read(channel, start), offset);
    // A block of large publications can end before `offset`; a read that was under way can be older than the question.
    const isOfLife = epoch === undefined || block.head.epoch === epoch;
    const answered = isOfLife && (block.deliveries.length > 0 || block.head.offset === offset);
    return answered ? block : from(await this.#readAlone(channel, offset), offset);
  }

  /** The end of the channel, shared by all who ask while it is read. */
  head({ name }: Names): Promise<Position> {
    return share(this.#heads, name, () => this.#log.head(name));
  }

  /** At most `count` publications after `offset`, as many as the log reads at once, shared by all who ask meanwhile. */
  range(channel: Names, offset: number, count: number): Promise<Block> {
    return share(this.#reading, `${key(channel, offset)} ${count}`, () =>
      this.#readAlone(channel, offset, count),
    );
  }

  #read(channel: Names, after: number): Promise<Block> {
    return share(this.#reading, key(channel, after), () => this.#readAlone(channel, after));
  }

  async #readAlone({ name, wireName }: Names, after: number, count = blockSize): Promise<Block> {
    const page = await this.#log.read(name, after, count);
    const deliveries = page.publications.map((publication) => ({
      publication,
      text: encodePublication(publication, wireName),
    }));
    const block = { head: page.head, deliveries };
    // Kept only with something behind it, so that a kept block never looks like the end of the channel.
    const full = deliveries.length === blockSize && after % blockSize === 0;
    if (full && page.head.offset > after + blockSize) this.#keep(key({ name, wireName }, after), block);
    return block;
  }

  #keptBlock(id: string): Block | undefined {
    const block = this.#kept.get(id);
    if (block) {
      this.#kept.delete(id);
      this.#kept.set(id, block);
    }
    return block;
  }

  #keep(id: string, block: Block): void {
    const replaced = this.#kept.get(id);
    if (replaced) this.#drop(id, replaced);
    this.#kept.set(id, block);
    this.#characters += size(block);
    for (const [oldest, old] of this.#kept) {
      if (this.#characters <= maxCached) break;
      this.#drop(oldest, old);
    }
  }

  #drop(id: string, block: Block): void {
    this.#kept.delete(id);
    this.#characters -= size(block);
  }
}

/** Returns the promise under way for this key, or begins one. */
function share<T>(running: Map<string, Promise<T>>, id: string, begin: () => Promise<T>): Promise<T> {
  const known = running.get(id);
  if (known) return known;
  const begun = begin().finally(() => running.delete(id));
  running.set(id, begun);
  return begun;
}

const key = ({ name }: Names, after: number) => `${name} ${after}`;

const size = (block: Block) => block.deliveries.reduce((sum, { text }) => sum + text.length, 0);

function from({ head, deliveries }: Block, offset: number): Block {
  return { head, deliveries: deliveries.filter(({ publication }) => publication.offset > offset) };
}
