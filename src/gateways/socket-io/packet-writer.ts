import type { Clock } from '../../lib/clock.ts';
import { type BunSocket, bunSocketOf } from './engine/bun-socket.ts';
import type { EngineSocket } from './engine/engine-socket.ts';

/** Bytes that wait for the reader before a recovery waits too. */
const highWaterMark = 65_536;
/** A client that fetches no more is forgotten after this many milliseconds. */
const closeGraceMs = 2_000;

/** Writes the packets of one connection, straight into the WebSocket or into the response of the next poll. */
export class PacketWriter {
  readonly #engine: EngineSocket;
  /** Characters that wait for the next poll. */
  #forPoll = 0;
  #flushes = false;
  #waiting: (() => void)[] = [];

  constructor(engine: EngineSocket) {
    this.#engine = engine;
    engine.on('packetCreate', ({ data = '' }) => {
      this.#forPoll += data.length;
    });
    engine.on('drain', () => {
      this.#forPoll = 0;
      this.#settleWhenEmptier();
    });
  }

  /** Undefined while the client polls. */
  get socket(): BunSocket | undefined {
    return bunSocketOf(this.#engine.transport);
  }

  /** An Engine.IO packet of type message. */
  write(packet: string): void {
    const { socket } = this;
    if (socket) {
      socket.send(packet);
      return;
    }
    this.#engine.writeBuffer.push({ type: 'message', data: packet.slice(1) });
    this.#forPoll += packet.length;
    if (this.#flushes) return;
    this.#flushes = true;
    // A poll is answered once: whatever is written in one turn goes into the same answer.
    queueMicrotask(() => {
      this.#flushes = false;
      this.#engine.flush();
    });
  }

  get waitingBytes(): number {
    return this.socket?.waitingBytes ?? this.#forPoll;
  }

  get isFull(): boolean {
    return this.waitingBytes >= highWaterMark;
  }

  /** Resolves when there is room again, or nothing more is to come. */
  settled(): Promise<void> {
    const { socket } = this;
    if (socket) socket.onDrain = () => this.#settleWhenEmptier();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Closes the engine's connection after what waits, and calls `forget` where its end is not told of in time. */
  close(clock: Clock, forget: () => void): void {
    this.#engine.close();
    if (this.#engine.readyState === 'closed') return;
    const grace = clock.after(closeGraceMs, () => {
      this.#engine.transport.close();
      forget();
    });
    this.#engine.on('close', () => grace[Symbol.dispose]());
  }

  /** Ends the engine's connection with what waits. */
  cut(): void {
    this.#engine.writeBuffer.length = 0;
    this.socket?.terminate();
    this.#engine.transport.close();
  }

  #settleWhenEmptier(): void {
    if (!this.isFull) this.settle();
  }
}
