import { formatPosition, type Position } from '../../protocol/position.ts';
import type { ResolvedChannel } from '../../realtime/namespace.ts';

/** Where a stream stands in each of its channels: the id of its next event. */
export class StreamVector {
  /** The same for streams with the same channels in the log. */
  readonly channels: string;
  readonly size: number;
  readonly #wireNames: readonly string[];
  /** By name in the log and by name on the wire, which never mean two channels of one stream. */
  readonly #indexes = new Map<string, number>();
  readonly #parts: string[];

  constructor(channels: readonly ResolvedChannel[]) {
    this.channels = channels.map(({ name }) => name).join();
    this.size = channels.length;
    this.#wireNames = channels.map(({ wireName }) => wireName);
    this.#parts = channels.map(() => '');
    for (const [index, { name, wireName }] of channels.entries()) {
      this.#indexes.set(name, index).set(wireName, index);
    }
  }

  /** `position` is `epoch:offset`, or its parts. */
  move(channel: string, position: string | Position): void {
    const index = this.#indexes.get(channel);
    if (index === undefined) return;
    const text = typeof position === 'string' ? position : formatPosition(position);
    this.#parts[index] = `${this.#wireNames[index]}@${text}`;
  }

  /** Whether the position in this channel is known yet. */
  knows(channel: string): boolean {
    const index = this.#indexes.get(channel);
    return index !== undefined && this.#parts[index] !== '';
  }

  toString(): string {
    return this.#parts.join();
  }
}
