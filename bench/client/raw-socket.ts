import type { Socket } from 'bun';
import { encodeText, FrameCounter } from './frame-counter.ts';

/**
 * A WebSocket client that only counts frames: a fraction of what a whole one costs, so that two cores measure the
 * server and not its clients. It replies to no pings and understands only what a server sends unfragmented.
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
  readonly #counter = new FrameCounter();

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
    const frames = this.#counter.count(piece, this.#see);
    this.received += frames;
    if (frames > 0) this.onFrames(frames);
  }

  readonly #see = (data: Uint8Array, from: number, to: number) => {
    if (data[from] === brace && data[from + typeAt] === errorInitial) {
      this.#failed(new Error(Buffer.from(data.subarray(from, to)).toString()));
    }
  };
}

/** The index at which the type begins in {"type":"…"}; only `error` begins with an e. Packets of Socket.IO begin with a digit. */
const brace = '{'.charCodeAt(0);
const typeAt = 9;
const errorInitial = 'e'.charCodeAt(0);

const handlers = {
  data: ({ data }: Socket<RawSocket>, piece: Uint8Array) => data.receive(piece),
  close: ({ data }: Socket<RawSocket>) => data.lost('The server closed a socket.'),
  error: ({ data }: Socket<RawSocket>, error: Error) => data.lost(error.message),
};

/** A client's frame. */
export function textFrame(value: unknown): Uint8Array {
  return encodeText(JSON.stringify(value));
}
