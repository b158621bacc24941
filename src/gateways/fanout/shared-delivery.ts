import type { Position } from '../../protocol/wire/position.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { ReaderVector } from './vector.ts';

/** Puts a publication into one item of a transport, together with the vector after it. */
export type EncodeItem<Item> = (delivery: Delivery) => (vector: string) => Item;

/**
 * One publication for many readers, each told where it then stands in all its channels. Encoded once for all who stand
 * at the same positions: those that are live on the same channels share the item.
 */
export class SharedDelivery<Item> {
  readonly #channel: string;
  readonly #position: Position;
  readonly #encode: (vector: string) => Item;
  readonly #byChannels = new Map<string, Item>();

  constructor(delivery: Delivery, encode: EncodeItem<Item>) {
    const { channel, epoch, offset } = delivery.publication;
    this.#channel = channel;
    this.#position = { epoch, offset };
    this.#encode = encode(delivery);
  }

  /** Whether the reader has it already, from a snapshot that was ahead of this process. */
  isKnown(vector: ReaderVector): boolean {
    return vector.reached(this.#channel, this.#position);
  }

  /**
   * Moves the reader on, and returns its item. `isLive` is what the vector said when the publication was broadcast:
   * a reader that held it back meanwhile stands behind the others until it has let go of everything (R1).
   */
  take(vector: ReaderVector, isLive: boolean): Item {
    vector.move(this.#channel, this.#position);
    if (!isLive) return this.#encode(String(vector));
    const known = this.#byChannels.get(vector.channels);
    if (known !== undefined) return known;
    const item = this.#encode(String(vector));
    this.#byChannels.set(vector.channels, item);
    return item;
  }
}
