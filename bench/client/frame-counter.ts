/** Counts the WebSocket frames in what a server sends, cut into pieces as the network likes. Knows no fragments. */
export class FrameCounter {
  /** Bytes of the current frame that have not come yet. */
  #missing = 0;
  /** The beginning of a frame whose header was cut by the network. */
  #rest: Uint8Array | undefined;

  /** The number of frames that end in this piece. `see` is given where the payload of each frame that begins in it begins and ends. */
  count(piece: Uint8Array, see?: (data: Uint8Array, from: number, to: number) => void): number {
    const data = this.#rest ? Buffer.concat([this.#rest, piece]) : piece;
    this.#rest = undefined;
    let frames = 0;
    let at = this.#missing;
    if (at > 0 && at <= data.length) frames++;
    while (at < data.length) {
      const size = frameSize(data, at);
      if (size === undefined) {
        this.#rest = data.slice(at);
        at = data.length;
        break;
      }
      see?.(data, at + headerSize(size), at + size);
      at += size;
      if (at <= data.length) frames++;
    }
    this.#missing = at - data.length;
    return frames;
  }
}

const headerSize = (frame: number) => (frame < 128 ? 2 : 4);

/** Header and payload of the unmasked frame that begins at `at`; undefined when too little of it is there. */
function frameSize(data: Uint8Array, at: number): number | undefined {
  const [short, high, low] = [data[at + 1], data[at + 2], data[at + 3]];
  if (short === undefined) return undefined;
  if ((data[at] ?? 0) !== 0x81) throw new Error(`Unexpected frame, first byte ${data[at]}.`);
  if (short < 126) return 2 + short;
  if (high === undefined || low === undefined) return undefined;
  return 4 + high * 256 + low;
}

/** A client's text frame. A mask of zeros is a valid one and leaves the text as it is. */
export function encodeText(payload: string): Uint8Array {
  const text = new TextEncoder().encode(payload);
  const { length } = text;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  return new Uint8Array([0x81, ...size, 0, 0, 0, 0, ...text]);
}
