import type { ServerWebSocket } from 'bun';
import type { Clock } from '../../../lib/clock.ts';

type Socket = ServerWebSocket<unknown>;

/** The user of a WebSocket: a connection, or one that is about to go from polling to it. */
export interface SocketUser {
  take(packet: string | Uint8Array): void;
  /** Bytes that waited have gone out. */
  drained(): void;
  /** The WebSocket has gone. */
  lost(): void;
}

/** A peer that does not answer our close frame is cut off after this many milliseconds. */
const closeGraceMs = 2_000;

/** One WebSocket of Engine.IO, and the object in `ws.data` that Bun's events go to. */
export class EngineWebSocket {
  /** Assigned in the turn in which the socket opens. */
  user: SocketUser | undefined;
  readonly #ws: Socket;
  readonly #clock: Clock;
  #grace: Disposable | undefined;
  #isBehind = false;

  constructor(ws: Socket, clock: Clock) {
    this.#ws = ws;
    this.#clock = clock;
  }

  // Bun's events.

  message(_ws: Socket, packet: string | Uint8Array): void {
    this.user?.take(packet);
  }

  drain(): void {
    this.user?.drained();
  }

  close(): void {
    this.#grace?.[Symbol.dispose]();
    this.user?.lost();
  }

  // The members that its user calls.

  get waitingBytes(): number {
    return this.#isBehind ? this.#ws.getBufferedAmount() : 0;
  }

  send(packet: string): void {
    // Bun returns −1 when bytes queue behind a slow reader and 0 when they were dropped.
    this.#isBehind = this.#ws.send(packet) <= 0;
  }

  setPaused(paused: boolean): void {
    if (paused) this.#ws.pause();
    else this.#ws.resume();
  }

  /** Nothing more is heard of it. */
  end(): void {
    this.user = undefined;
    this.#ws.close();
    this.#grace ??= this.#clock.after(closeGraceMs, () => this.#ws.terminate());
  }

  terminate(): void {
    this.#ws.terminate();
  }
}

/** The object in `ws.data` until the socket is open. */
export class OpeningSocket {
  readonly #clock: Clock;
  readonly #begin: (socket: EngineWebSocket) => void;

  /** `begin` gives the socket its user, or ends it. */
  constructor(clock: Clock, begin: (socket: EngineWebSocket) => void) {
    this.#clock = clock;
    this.#begin = begin;
  }

  open(ws: Socket): void {
    const socket = new EngineWebSocket(ws, this.#clock);
    ws.data = socket;
    this.#begin(socket);
  }
}
