const [newline, colon] = ['\n'.charCodeAt(0), ':'.charCodeAt(0)];

/** Counts server-sent events by the empty line after each, comments left out. */
export class EventCounter {
  #last = 0;
  #lastButOne = 0;

  /** The number of events that end in this piece. */
  count(piece: Uint8Array): number {
    const data = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    let events = 0;
    if (this.#last === newline && data[0] === newline && this.#lastButOne !== colon) events++;
    for (let at = data.indexOf('\n\n'); at >= 0; at = data.indexOf('\n\n', at + 2)) {
      if ((at > 0 ? data[at - 1] : this.#last) !== colon) events++;
    }
    this.#lastButOne = data.at(-2) ?? this.#last;
    this.#last = data.at(-1) ?? this.#last;
    return events;
  }
}
