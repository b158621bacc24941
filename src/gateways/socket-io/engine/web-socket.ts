import type { ServerWebSocket } from 'bun';
import type { Clock } from '../../../lib/clock.ts';

type Socket = ServerWebSocket<unknown>;

/** The user of a WebSocket: a connection, or one that is about to go from polling to it. */
export interface SocketUser {
  take(packet: string | Uint8Array): void;
  /** The packets of a turn are with the socket, or bytes that waited have gone out. */
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
  /** The packets of this turn, which go out together at its end: each by itself would be a write to the socket. */
  #unsent: string[] | undefined;
  #unsentCharacters = 0;

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
    this.#takeUnsent();
    this.#grace?.[Symbol.dispose]();
    this.user?.lost();
  }

  // The members that its user calls.

  /** Whether the peer did not take all that was sent. */
  get isBehind(): boolean {
    return this.#queuedBytes > 0;
  }

  get waitingBytes(): number {
    return this.#unsentCharacters + this.#queuedBytes;
  }

  send(packet: string): void {
    this.#unsentCharacters += packet.length;
    if (this.#unsent) {
      this.#unsent.push(packet);
      return;
    }
    this.#unsent = [packet];
    queueMicrotask(() => this.#flush());
  }

  setPaused(paused: boolean): void {
    if (paused) this.#ws.pause();
    else this.#ws.resume();
  }

  /** Nothing more is heard of it. */
  end(): void {
    this.user = undefined;
    this.#flush();
    this.#ws.close();
    this.#grace ??= this.#clock.after(closeGraceMs, () => this.#ws.terminate());
  }

  terminate(): void {
    this.#takeUnsent();
    this.#ws.terminate();
  }

  get #queuedBytes(): number {
    return this.#isBehind ? this.#ws.getBufferedAmount() : 0;
  }

  #flush(): void {
    const packets = this.#takeUnsent();
    if (!packets) return;
    const ws = this.#ws;
    const [first] = packets;
    if (first !== undefined && packets.length === 1) ws.send(first);
    else ws.cork(() => packets.forEach((packet) => void ws.send(packet)));
    this.#isBehind = ws.getBufferedAmount() > 0;
    this.user?.drained();
  }

  #takeUnsent(): readonly string[] | undefined {
    const packets = this.#unsent;
    this.#unsent = undefined;
    this.#unsentCharacters = 0;
    return packets;
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
