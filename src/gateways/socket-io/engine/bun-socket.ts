import type { WebSocketData } from '@socket.io/bun-engine';
import type { ServerWebSocket } from 'bun';
import type { Clock } from '../../../lib/clock.ts';

type EngineTransport = WebSocketData['transport'];
type Socket = ServerWebSocket<unknown>;

/** A peer that does not answer our close frame is cut off after this many milliseconds. */
const closeGraceMs = 2_000;

const sockets = new WeakMap<object, BunSocket>();

/** The WebSocket under a transport of the engine; undefined for polling. */
export function bunSocketOf(transport: object): BunSocket | undefined {
  return sockets.get(transport);
}

/**
 * The object that the engine takes for its WebSocket. The engine neither sees backpressure nor ends a close handshake
 * that the peer does not answer, nor closes a socket that opened after its transport was given up.
 */
export class BunSocket {
  /** Called when bytes that waited have gone out. */
  onDrain: (() => void) | undefined;
  readonly #ws: Socket;
  readonly #clock: Clock;
  #grace: Disposable | undefined;
  #isBehind = false;

  constructor(ws: Socket, clock: Clock) {
    this.#ws = ws;
    this.#clock = clock;
  }

  get readyState(): number {
    return this.#ws.readyState;
  }

  get waitingBytes(): number {
    return this.#isBehind ? this.#ws.getBufferedAmount() : 0;
  }

  send(data: string | Uint8Array): void {
    // Bun returns −1 when bytes queue behind a slow reader and 0 when they were dropped.
    this.#isBehind = this.#ws.send(data) <= 0;
  }

  setPaused(paused: boolean): void {
    if (paused) this.#ws.pause();
    else this.#ws.resume();
  }

  close(): void {
    this.#ws.close();
    this.#grace ??= this.#clock.after(closeGraceMs, () => this.#ws.terminate());
  }

  terminate(): void {
    this.#ws.terminate();
  }

  closed(): void {
    this.#grace?.[Symbol.dispose]();
  }
}

/** The object in `ws.data` of an upgraded request, which hands Bun's events to the transport of the engine. */
export function bunHandlers(transport: EngineTransport, clock: Clock) {
  let socket: BunSocket | undefined;
  let isProbed = false;
  return {
    open(ws: Socket) {
      socket = new BunSocket(ws, clock);
      sockets.set(transport, socket);
      transport.onOpen(socket as unknown as Parameters<EngineTransport['onOpen']>[0]);
      // A second upgrade of one session is given up by the engine before it has opened.
      if ((transport as unknown as { readyState: string }).readyState !== 'open') socket.close();
    },
    message(_ws: Socket, message: string | Buffer) {
      const isProbe = message === '2probe';
      // For each the engine starts an interval, of which it ends but the last.
      if (isProbe && isProbed) return socket?.close();
      isProbed ||= isProbe;
      transport.onMessage(message);
    },
    drain() {
      socket?.onDrain?.();
    },
    close(_ws: Socket, code: number, reason: string) {
      socket?.closed();
      transport.onCloseEvent(code, reason);
    },
  };
}
