import type { Clock } from '../../../lib/clock.ts';
import type { Heartbeats, Pinged } from './heartbeats.ts';
import { Upgrade } from './upgrade.ts';
import type { EngineWebSocket, SocketUser } from './web-socket.ts';

/** The parts that all connections of a process share. */
export interface EngineParts {
  readonly clock: Clock;
  readonly heartbeats: Heartbeats;
  /** Characters in one request of a polling client. */
  readonly maxPayload: number;
  /** The connection has ended; its id is that of nobody from now on. */
  forget(connection: EngineConnection): void;
}

/** The user of a connection. None of these throws. */
export interface EngineUser {
  /** A packet came, whatever it says. */
  heard(): void;
  /** A packet of type message: text, or bytes. */
  message(data: string | Uint8Array): void;
  pinged(): void;
  /** The client replied to a ping. */
  ponged(): void;
  /** Packets that waited are on their way, as far as the client is not behind. */
  drained(): void;
  /** Once. */
  closed(why: string): void;
}

/** `closing`: what waits is still fetched by the next poll. */
type State = 'open' | 'closing' | 'closed';

/** A client that fetches no more is forgotten after this many milliseconds. */
const closeGraceMs = 2_000;
const separator = '\u001e';
const [closePacket, pingPacket, noopPacket] = ['1', '2', '6'];

/**
 * One connection of version 4 of Engine.IO: by polling, by WebSocket, or on the way from the one to the other. It holds no
 * timer and no listener of its own: thousands of them are idle.
 */
export class EngineConnection implements SocketUser, Pinged {
  readonly id: string;
  /** Assigned before anything is heard. */
  user: EngineUser | undefined;
  readonly #parts: EngineParts;
  #state: State = 'open';
  /** Undefined while the client polls. */
  #socket: EngineWebSocket | undefined;
  #upgrade: Upgrade | undefined;
  /** Resolves the poll that waits. */
  #poll: ((answer: Response) => void) | undefined;
  /** The packets that wait for the next poll, and their characters. */
  #packets: string[] | undefined;
  #waiting = 0;
  #grace: Disposable | undefined;

  constructor(id: string, parts: EngineParts, socket?: EngineWebSocket) {
    this.id = id;
    this.#parts = parts;
    this.#socket = socket;
    if (socket) socket.user = this;
    parts.heartbeats.schedule(this);
  }

  get isPolling(): boolean {
    return this.#socket === undefined;
  }

  /** Whether packets wait for the client beyond this turn. */
  get isBehind(): boolean {
    return this.#socket ? this.#socket.isBehind : this.#waiting > 0;
  }

  get waitingBytes(): number {
    return this.#socket ? this.#socket.waitingBytes : this.#waiting;
  }

  /** Straight into the WebSocket, or into the answer of the next poll. */
  send(packet: string): void {
    if (this.#state !== 'open') return;
    if (this.#socket) {
      this.#socket.send(packet);
      return;
    }
    this.#waiting += packet.length;
    if (this.#packets) {
      this.#packets.push(packet);
      return;
    }
    this.#packets = [packet];
    // A poll is answered once: whatever is written in one turn goes into the same answer.
    queueMicrotask(() => this.#flush());
  }

  /** Stop or go on reading, where the client can be made to wait. */
  setPaused(paused: boolean): void {
    this.#socket?.setPaused(paused);
  }

  /** Ends the connection after what waits. */
  close(): void {
    if (this.#state !== 'open') return;
    if (this.#socket || !this.#packets) {
      this.#end('closed');
      return;
    }
    this.#state = 'closing';
    this.#grace = this.#parts.clock.after(closeGraceMs, () => this.#end('forgotten'));
  }

  /** Ends the connection with what waits. */
  cut(): void {
    this.#packets = undefined;
    this.#socket?.terminate();
    this.#end('cut');
  }

  // Requests of a client that polls.

  /** Waits for the next packets. */
  poll({ signal }: Request): Response | Promise<Response> {
    if (this.#poll) {
      this.#end('two polls at once');
      return new Response(null, { status: 400 });
    }
    // The connection itself: a function would keep all of this call alive with it.
    signal.addEventListener('abort', this, { once: true });
    return new Promise((resolve) => {
      this.#poll = resolve;
      this.#flush();
    });
  }

  /** Takes the packets of a request. Rejects when its body breaks off. */
  async receive(request: Request): Promise<Response> {
    request.signal.addEventListener('abort', this, { once: true });
    const payload = await request.text();
    if (payload.length > this.#parts.maxPayload) {
      this.#end('payload too large');
      return new Response(null, { status: 413 });
    }
    for (const packet of payload.split(separator)) this.take(packet);
    return new Response('ok');
  }

  /** The client of a request has gone before its answer. */
  handleEvent(): void {
    this.#end('a request broke off');
  }

  /** A WebSocket of the same client, which it may go on with. */
  probe(socket: EngineWebSocket): void {
    if (this.#state !== 'open' || this.#socket || this.#upgrade) socket.end();
    else this.#upgrade = new Upgrade(this, socket, this.#parts.clock);
  }

  // The way to WebSocket.

  endPoll(): void {
    this.#answer(noopPacket);
  }

  upgraded(socket: EngineWebSocket): void {
    this.#upgrade = undefined;
    this.#answer(noopPacket);
    this.#socket = socket;
    socket.user = this;
    for (const packet of this.#packets ?? []) socket.send(packet);
    this.#packets = undefined;
    this.#waiting = 0;
    this.user?.drained();
  }

  staysPolling(): void {
    this.#upgrade = undefined;
  }

  // Packets of the transport, and the heartbeat.

  take(packet: string | Uint8Array): void {
    if (this.#state !== 'open') return;
    this.user?.heard();
    if (typeof packet !== 'string') this.user?.message(packet);
    else if (packet.startsWith('4')) this.user?.message(packet.slice(1));
    else if (packet.startsWith('3')) this.#pong();
    else if (packet.startsWith('b')) this.user?.message(Buffer.from(packet.slice(1), 'base64'));
    else if (packet === closePacket) this.#end('client', noopPacket);
    else this.#end('not a packet that a client sends');
  }

  drained(): void {
    this.user?.drained();
  }

  lost(): void {
    this.#end('transport closed');
  }

  ping(): void {
    this.send(pingPacket);
    this.user?.pinged();
  }

  /** One that nobody asked for changes nothing. */
  #pong(): void {
    const { heartbeats } = this.#parts;
    if (heartbeats.has(this)) return;
    heartbeats.schedule(this);
    this.user?.ponged();
  }

  #flush(): void {
    if (!this.#poll || !this.#packets) return;
    const payload = this.#packets.join(separator);
    this.#packets = undefined;
    this.#waiting = 0;
    this.#answer(payload);
    this.user?.drained();
    if (this.#state === 'closing') this.#end('closed');
  }

  #answer(payload: string): void {
    this.#poll?.(pollResponse(payload));
    this.#poll = undefined;
  }

  /** A poll that waits gets `farewell`. */
  #end(why: string, farewell = closePacket): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#grace?.[Symbol.dispose]();
    this.#upgrade?.end();
    this.#packets = undefined;
    this.#waiting = 0;
    this.#answer(farewell);
    this.#socket?.end();
    this.#parts.heartbeats.delete(this);
    this.#parts.forget(this);
    this.user?.closed(why);
  }
}

/** The answer to a poll, one packet or several. */
export function pollResponse(payload: string): Response {
  return new Response(payload, { headers: { 'content-type': 'text/plain; charset=UTF-8' } });
}
