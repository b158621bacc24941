import type { Socket } from 'bun';

/**
 * A WebSocket client that only counts frames: a fraction of what a whole one costs, so that two cores measure the
 * server and not its clients. It answers no pings and understands only what a server sends unfragmented.
 */
export class RawSocket {
  /** Whole frames so far. */
  received = 0;
  /** After the upgrade. */
  bytes = 0;
  /** Called with the number of frames that ended in one piece of network data. */
  onFrames: (frames: number) => void = () => undefined;
  #socket: Socket<RawSocket> | undefined;
  #upgraded: PromiseWithResolvers<void> | undefined = Promise.withResolvers();
  #failed: (error: Error) => void = () => undefined;
  /** Bytes of the current frame that have not come yet. */
  #missing = 0;
  /** The beginning of a frame whose header was cut by the network. */
  #rest: Uint8Array | undefined;

  static async connect(port: number, path: string, onLost: (error: Error) => void): Promise<RawSocket> {
    const client = new RawSocket();
    client.#failed = onLost;
    const upgraded = client.#upgraded?.promise;
    client.#socket = await Bun.connect({ hostname: '127.0.0.1', port, data: client, socket: handlers });
    client.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    await upgraded;
    return client;
  }

  send(frame: Uint8Array): void {
    const written = this.#socket?.write(frame);
    if (written !== frame.length) this.#failed(new Error('The server does not read what it is sent.'));
  }

  close(): void {
    this.#failed = () => undefined;
    this.#socket?.terminate();
  }

  receive(data: Uint8Array): void {
    if (this.#upgraded) this.#finishUpgrade(data);
    else this.#count(data);
  }

  lost(reason: string): void {
    this.#upgraded?.reject(new Error(reason));
    this.#failed(new Error(reason));
  }

  #finishUpgrade(data: Uint8Array): void {
    const text = Buffer.from(data).toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (!text.startsWith('HTTP/1.1 101') || end < 0) {
      this.lost(`No upgrade: ${text.slice(0, 200)}`);
      return;
    }
    this.#upgraded?.resolve();
    this.#upgraded = undefined;
    this.#count(data.subarray(end + 4));
  }

  #count(piece: Uint8Array): void {
    this.bytes += piece.length;
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
      if (data[at + headerSize(size) + typeAt] === errorInitial) this.#reportError(data, at, size);
      at += size;
      if (at <= data.length) frames++;
    }
    this.#missing = at - data.length;
    this.received += frames;
    if (frames > 0) this.onFrames(frames);
  }

  #reportError(data: Uint8Array, at: number, size: number): void {
    this.#failed(new Error(Buffer.from(data.subarray(at + headerSize(size), at + size)).toString()));
  }
}

/** Where the type begins in {"type":"…"}; only `error` begins with an e. */
const typeAt = 9;
const errorInitial = 'e'.charCodeAt(0);

const headerSize = (frame: number) => (frame < 128 ? 2 : 4);

const handlers = {
  data: ({ data }: Socket<RawSocket>, piece: Uint8Array) => data.receive(piece),
  close: ({ data }: Socket<RawSocket>) => data.lost('The server closed a socket.'),
  error: ({ data }: Socket<RawSocket>, error: Error) => data.lost(error.message),
};

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
export function textFrame(value: unknown): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const { length } = text;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  return new Uint8Array([0x81, ...size, 0, 0, 0, 0, ...text]);
}
