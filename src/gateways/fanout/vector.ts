import { formatPosition, inVectorContext, type Position } from '../../protocol/wire/position.ts';
import type { ResolvedChannel } from '../../realtime/channels/namespace.ts';

type Channel = Pick<ResolvedChannel, 'name' | 'wireName'>;

interface Place extends Channel {
  /** Undefined until it is known. */
  position: Position | undefined;
}

/** Up to so many places are found by looking at each: thousands of readers have one or two. */
const fewPlaces = 8;

/** The position of one reader in each of its channels, in an order that is the same for all readers. */
export class ReaderVector {
  /** Finds one of many places by either of its names, which never mean two channels of one reader. */
  #table: Map<string, Place> | undefined;
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

  add({ name, wireName }: Channel): void {
    if (!this.#find(name)) this.#sort([...this.#sorted, { name, wireName, position: undefined }]);
  }

  /** `channel` may be either name, here and in the others. */
  delete(channel: string): void {
    const place = this.#find(channel);
    if (place) this.#sort(this.#sorted.filter((each) => each !== place));
  }

  move(channel: string, position: Position): void {
    const place = this.#find(channel);
    if (place) place.position = position;
  }

  /** Whether the reader stands there in this channel, or beyond. */
  reached(channel: string, { epoch, offset }: Position): boolean {
    const at = this.#find(channel)?.position;
    return at?.epoch === epoch && at.offset >= offset;
  }

  /** Whether the position in this channel is known yet. */
  knows(channel: string): boolean {
    return this.#find(channel)?.position !== undefined;
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
      .map(({ wireName, position }) => `${wireName}@${position ? formatPosition(position) : ''}`)
      .join();
    return this.context === undefined ? positions : inVectorContext(positions, this.context);
  }

  #sort(places: readonly Place[]): void {
    this.#sorted = [...places].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#channels = this.#sorted.map(({ name }) => name).join();
    const isTabled = places.length > fewPlaces;
    this.#table = isTabled
      ? new Map(places.flatMap((place) => [[place.name, place] as const, [place.wireName, place] as const]))
      : undefined;
  }

  #find(channel: string): Place | undefined {
    if (this.#table) return this.#table.get(channel);
    return this.#sorted.find(({ name, wireName }) => name === channel || wireName === channel);
  }
}
