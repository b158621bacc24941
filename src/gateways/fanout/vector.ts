import { formatPosition, inVectorContext, type Position } from '../../protocol/wire/position.ts';
import type { ResolvedChannel } from '../../realtime/channels/namespace.ts';

type Channel = Pick<ResolvedChannel, 'name' | 'wireName'>;

interface Place {
  readonly channel: Channel;
  /** Undefined until it is known. */
  position: Position | undefined;
}

/** The position of one reader in each of its channels, in an order that is the same for all readers. */
export class ReaderVector {
  /** By name in the log and by name on the wire, which never mean two channels of one reader. */
  readonly #places = new Map<string, Place>();
  #sorted: readonly Place[] = [];
  #channels = '';
  /** Channels whose broadcasts reach the reader. */
  #joined = 0;

  /** The tenant that the session acts for alone, where it does. */
  context: string | undefined;

  /** The same for readers of the same channels in the log, in the same context. */
  get channels(): string {
    return this.context === undefined ? this.#channels : inVectorContext(this.#channels, this.context);
  }

  /**
   * Whether the reader is past all recovery: readers that are live on the same channels stand at the same positions.
   */
  get isLive(): boolean {
    return this.#joined === this.#sorted.length;
  }

  add(channel: Channel): void {
    if (this.#places.has(channel.name)) return;
    const place = { channel, position: undefined };
    this.#places.set(channel.name, place).set(channel.wireName, place);
    this.#sort([...this.#sorted, place]);
  }

  /** `channel` may be either name, here and in the others. */
  delete(channel: string): void {
    const place = this.#places.get(channel);
    if (!place) return;
    this.#places.delete(place.channel.name);
    this.#places.delete(place.channel.wireName);
    this.#sort(this.#sorted.filter((each) => each !== place));
  }

  move(channel: string, position: Position): void {
    const place = this.#places.get(channel);
    if (place) place.position = position;
  }

  /** Whether the reader stands there in this channel, or beyond. */
  reached(channel: string, { epoch, offset }: Position): boolean {
    const at = this.#places.get(channel)?.position;
    return at?.epoch === epoch && at.offset >= offset;
  }

  /** Whether the position in this channel is known yet. */
  knows(channel: string): boolean {
    return this.#places.get(channel)?.position !== undefined;
  }

  /** Broadcasts of one more channel reach the reader. */
  join(): void {
    this.#joined += 1;
  }

  leave(): void {
    this.#joined -= 1;
  }

  /** `channel@epoch:offset,channel@epoch:offset`, and `;tenant` in a context. */
  toString(): string {
    const positions = this.#sorted
      .map(({ channel: { wireName }, position }) => `${wireName}@${position ? formatPosition(position) : ''}`)
      .join();
    return this.context === undefined ? positions : inVectorContext(positions, this.context);
  }

  #sort(places: readonly Place[]): void {
    this.#sorted = [...places].sort((a, b) => (a.channel.name < b.channel.name ? -1 : 1));
    this.#channels = this.#sorted.map(({ channel }) => channel.name).join();
  }
}
