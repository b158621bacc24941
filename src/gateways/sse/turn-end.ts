/** A stream with chunks that wait for the end of the turn. Must not throw. */
interface Unflushed {
  flush(): void;
}

/**
 * The end of the turn in which streams were written to: each of them then sends what it was given as one piece, since a
 * piece is a write to its socket. Streams that were given the same chunks share the piece.
 */
export class TurnEnd {
  #streams: Unflushed[] = [];
  #joined: { readonly chunks: readonly Uint8Array[]; readonly piece: Uint8Array } | undefined;

  /** Flushes the stream when the running code is through, in a microtask. */
  add(stream: Unflushed): void {
    this.#streams.push(stream);
    if (this.#streams.length === 1) queueMicrotask(() => this.#flushAll());
  }

  /** The chunks in one piece, which is shared and must not be written to. */
  join(chunks: readonly Uint8Array[]): Uint8Array {
    const [first] = chunks;
    if (first && chunks.length === 1) return first;
    const known = this.#joined;
    if (known && isSame(known.chunks, chunks)) return known.piece;
    const piece = Buffer.concat(chunks);
    this.#joined = { chunks, piece };
    return piece;
  }

  #flushAll(): void {
    const streams = this.#streams;
    this.#streams = [];
    for (const stream of streams) stream.flush();
    this.#joined = undefined;
  }
}

const isSame = (some: readonly Uint8Array[], others: readonly Uint8Array[]) =>
  some.length === others.length && some.every((chunk, index) => chunk === others[index]);
