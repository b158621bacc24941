import { dirname, join } from 'node:path';
import { type Frame, toFrame, toWire } from './frame.ts';
import { createInbox, type Inbox } from './inbox.ts';

export interface ConnectOptions {
  /** `bun`: the native client, as browsers behave. `ws`: the npm package, which can also stop reading. */
  readonly implementation?: 'bun' | 'ws';
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface WsClient extends AsyncDisposable {
  /** The subprotocol the server chose, or ''. */
  readonly protocol: string;
  /** Settles once the connection is over, by either side; 1006 when no close frame came. */
  readonly closed: Promise<Closing>;
  /** An object travels as JSON, a string or bytes as they are. */
  send(data: object | string | Uint8Array): void;
  /**
   * The first frame not yet taken, of this type if one is given; frames of other types stay for later calls.
   * Rejects after `timeoutMs` (5000), or as soon as the socket closes, with the frames seen.
   */
  next(type?: string, timeoutMs?: number): Promise<Frame>;
  /** All frames of this type so far, taken or not. */
  all(type?: string): Frame[];
  /** Resolves like `closed`. Default code 1000. */
  close(code?: number, reason?: string): Promise<Closing>;
  /** Cuts the TCP connection without a close frame. */
  terminate(): void;
  /** Stops reading from the kernel, so that the server's writes back up. Only with `implementation: 'ws'`. */
  pause(): void;
  resume(): void;
}

/** Resolves once the socket is open. Rejects when the upgrade is refused; with `ws` the message names the HTTP status. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<WsClient> {
  const inbox = createInbox<Frame>(`ws client (${options.implementation ?? 'bun'})`);
  const driver = options.implementation === 'ws' ? openWs(url, options, inbox) : openBun(url, options, inbox);
  let paused = false;
  void driver.closed.then(({ code, reason }) => inbox.end(`socket closed with ${code} ${reason}`));
  await driver.opened;

  return {
    protocol: driver.protocol(),
    closed: driver.closed,
    send: (data) => driver.send(toWire(data)),
    next: (type, timeoutMs) => inbox.next(ofType(type), type ?? 'frame', timeoutMs),
    all: (type) => inbox.all(ofType(type)),
    close(code = 1000, reason = '') {
      driver.close(code, reason);
      return driver.closed;
    },
    terminate: () => driver.terminate(),
    pause() {
      driver.pause();
      paused = true;
    },
    resume() {
      driver.resume();
      paused = false;
    },
    async [Symbol.asyncDispose]() {
      // A client that does not read never sees the server's close frame.
      if (paused) return driver.terminate();
      const impatience = setTimeout(() => driver.terminate(), DISPOSE_PATIENCE_MS);
      driver.close(1000, '');
      await driver.closed;
      clearTimeout(impatience);
    },
  };
}

const DISPOSE_PATIENCE_MS = 500;

interface Driver {
  readonly opened: Promise<void>;
  readonly closed: Promise<Closing>;
  protocol(): string;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** The global's type is the DOM's, which knows neither headers nor `terminate`. */
export const BunWebSocket = WebSocket as unknown as new (
  url: string,
  options: Bun.WebSocketOptions,
) => Bun.WebSocket;

function openBun(url: string, { protocols = [], headers = {} }: ConnectOptions, inbox: Inbox<Frame>): Driver {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Closing>();
  const socket = new BunWebSocket(url, { protocols, headers });
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => opened.resolve();
  socket.onmessage = ({ data }) =>
    inbox.push(toFrame(typeof data === 'string' ? data : new Uint8Array(data)));
  socket.onclose = ({ code, reason }) => {
    closed.resolve({ code, reason });
    opened.reject(new Error(`${url} refused: ${code} ${reason}`));
  };
  const cannotPause = () => {
    throw new Error("Bun's WebSocket cannot stop reading: connect with {implementation: 'ws'}");
  };
  return {
    opened: opened.promise,
    closed: closed.promise,
    protocol: () => socket.protocol,
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    pause: cannotPause,
    resume: cannotPause,
  };
}

// Bun resolves the bare name `ws` to a shim over its own client, which cannot pause: the package's file is named.
const wsPackage = dirname(Bun.resolveSync('ws/package.json', import.meta.dir));
const npm: typeof import('ws') = await import(join(wsPackage, 'wrapper.mjs'));

function openWs(url: string, { protocols = [], headers = {} }: ConnectOptions, inbox: Inbox<Frame>): Driver {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Closing>();
  const socket = new npm.WebSocket(url, protocols, { headers });
  socket.on('open', () => opened.resolve());
  socket.on('message', (data: Buffer, isBinary) => inbox.push(toFrame(isBinary ? data : data.toString())));
  socket.on('error', (error) => opened.reject(error));
  socket.on('close', (code, reason) => closed.resolve({ code, reason: reason.toString() }));
  return {
    opened: opened.promise,
    closed: closed.promise,
    protocol: () => socket.protocol,
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

function ofType(type: string | undefined): (frame: Frame) => boolean {
  return type === undefined ? () => true : (frame) => frame.type === type;
}
