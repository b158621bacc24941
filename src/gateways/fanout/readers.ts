/** The readers of each channel, for gateways without topics of their own. */
export class Readers<Reader> {
  readonly #byChannel = new Map<string, Set<Reader>>();

  /** From this call on `of(channel)` holds the reader. */
  join(channel: string, reader: Reader): void {
    const readers = this.#byChannel.get(channel);
    if (readers) readers.add(reader);
    else this.#byChannel.set(channel, new Set([reader]));
  }

  leave(channel: string, reader: Reader): void {
    const readers = this.#byChannel.get(channel);
    readers?.delete(reader);
    if (readers?.size === 0) this.#byChannel.delete(channel);
  }

  of(channel: string): Iterable<Reader> {
    return this.#byChannel.get(channel) ?? [];
  }
}
