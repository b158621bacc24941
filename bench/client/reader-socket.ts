import type { Socket } from 'bun';

export interface Counter {
  /** The number of items that end in this piece. */
  count(piece: Uint8Array): number;
}

/** A TCP connection that is read as text until the server has let the client in, and only counted from then on. */
export class ReaderSocket {
  #socket: Socket<ReaderSocket> | undefined;
  #text = '';
  #waiting: { readonly pattern: RegExp; readonly found: PromiseWithResolvers<string> } | undefined;
  #counter: Counter | undefined;
  #onItems: (items: number) => void = () => undefined;
  #onLost: (error: Error) => void;

  private constructor(onLost: (error: Error) => void) {
    this.#onLost = onLost;
  }

  static async connect(port: number, onLost: (error: Error) => void): Promise<ReaderSocket> {
    const reader = new ReaderSocket(onLost);
    reader.#socket = await Bun.connect({ hostname: '127.0.0.1', port, data: reader, socket: handlers });
    return reader;
  }

  write(bytes: string | Uint8Array): void {
    this.#socket?.write(bytes);
  }

  get(path: string, headers: readonly string[] = []): void {
    const lines = [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers];
    this.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  upgrade(path: string): void {
    this.get(path, [
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Version: 13',
    ]);
  }

  /** Resolves once what came since the last call matches. */
  heard(pattern: RegExp): Promise<string> {
    const found = Promise.withResolvers<string>();
    this.#waiting = { pattern, found };
    this.#listen();
    return found.promise;
  }

  /** To be called when nothing is on its way. */
  count(counter: Counter, onItems: (items: number) => void): void {
    this.#counter = counter;
    this.#onItems = onItems;
  }

  close(): void {
    this.#onLost = () => undefined;
    this.#socket?.terminate();
  }

  receive(piece: Uint8Array): void {
    if (this.#counter) {
      const items = this.#counter.count(piece);
      if (items > 0) this.#onItems(items);
      return;
    }
    this.#text += Buffer.from(piece).toString('latin1');
    if (refusal.test(this.#text)) this.lost('The server refused a client.');
    else this.#listen();
  }

  lost(reason: string): void {
    this.#onLost(new Error(`${reason} ${this.#text.slice(0, 500)}`));
  }

  #listen(): void {
    if (!this.#waiting?.pattern.test(this.#text)) return;
    const { found } = this.#waiting;
    this.#waiting = undefined;
    found.resolve(this.#text);
    this.#text = '';
  }
}

/** Any answer but `101 Switching Protocols` and `200 OK`: nobody is to wait for what a refused client will not be sent. */
const refusal = /^HTTP\/1\.1 (?!101|200)\d{3}/;

const handlers = {
  data: ({ data }: Socket<ReaderSocket>, piece: Uint8Array) => data.receive(piece),
  close: ({ data }: Socket<ReaderSocket>) => data.lost('The server closed a connection.'),
  error: ({ data }: Socket<ReaderSocket>, error: Error) => data.lost(error.message),
};
