import type { ServerWebSocket } from 'bun';
import { type Decoded, decodeClientFrame } from '../../protocol/frames/codec.ts';
import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import { type ControlFrame, encodeFrame } from '../../protocol/frames/server-frames.ts';
import { type CloseReason, closeCodes } from '../../protocol/wire/close-codes.ts';
import { RoundTrips } from '../../realtime/ports/round-trips.ts';
import type { ClientFacts, Delivery } from '../../realtime/ports/transport.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { clientFacts } from '../callers/client-facts.ts';
import { handleFrame } from '../frames/frame-handler.ts';
import { FrameThrottle } from '../frames/frame-throttle.ts';
import { greeting } from '../frames/identity.ts';
import { Inbox } from '../frames/inbox.ts';
import type { About, Peer } from '../frames/peer.ts';
import type { SocketHost, SocketReader } from './host.ts';
import { identifyUpgrade } from './upgrade.ts';

/** A peer that does not answer our close frame is cut off after this many milliseconds. */
const closeGraceMs = 2_000;

type Socket = ServerWebSocket<unknown>;

const binary: Decoded = {
  fault: { code: 'invalid_frame', message: 'Frames are text; this one is binary.', id: undefined },
};

/** Whether an address asks for frames of several publications. */
const isInBatches = (url: string) =>
  url.includes('batch') && new URL(url).searchParams.get('batch') === 'true';

/** Hands Bun's events of the socket to a new connection. What throws in making it closes the socket. */
export function openConnection(host: SocketHost, ws: Socket, upgrade: Request): void {
  try {
    const connection = new Connection(host, ws, upgrade);
    ws.data = connection;
    connection.begin(upgrade);
  } catch (error) {
    host.logger.error({ err: error }, 'socket not opened; it is closed');
    ws.close(closeCodes.renew.code, 'renew');
  }
}

/**
 * One WebSocket: the transport of a session, and the object in `ws.data` that Bun's events go to. Elysia's dispatcher
 * calls `open/message/drain/close/ping/pong` of whatever stands there, so this is all that an upgrade leaves behind.
 */
export class Connection implements SocketReader, Peer {
  readonly host: SocketHost;
  readonly session: Session;
  readonly client: ClientFacts;
  /** From the first probe on: most sockets speak by themselves. */
  roundTrips: RoundTrips | undefined;
  readonly #ws: Socket;
  readonly #inbox = new Inbox<string | Uint8Array | Request>(this);
  readonly #throttle = new FrameThrottle(this, this.#inbox);
  /** The client knows frames that hold several publications. */
  readonly #inBatches: boolean;
  /** No frame is heard any more; the close handshake is under way or over. */
  closing = false;
  #whenDrained: (() => void) | undefined;

  /** Makes the session last: what throws before leaves nothing behind. */
  constructor(host: SocketHost, ws: Socket, upgrade: Request) {
    this.host = host;
    this.#ws = ws;
    this.client = clientFacts(upgrade);
    this.#inBatches = isInBatches(upgrade.url);
    this.session = host.manager.open(this);
  }

  /**
   * Greets the client and handles the credentials of the upgrade before any frame. To be called once Bun's events reach
   * this connection: a refusal closes the socket, and Bun calls `close` in that very turn.
   */
  begin(upgrade: Request): void {
    try {
      this.send(greeting(this.host, this.session));
      this.#inbox.push(upgrade);
    } catch (error) {
      this.host.logger.error({ err: error, clientId: this.session.id }, 'socket not opened; it is closed');
      this.host.manager.disconnect(this.session, 'renew');
    }
  }

  // Bun's events. A throw in ping or pong would end the process; in the others it would vanish.

  message(_ws: Socket, raw: string | Uint8Array): void {
    if (this.closing) return;
    this.#throttle.heard();
    this.#inbox.push(raw, raw.length);
    this.#throttle.arrived();
  }

  ping(): void {
    this.#throttle.heard();
  }

  pong(): void {
    const now = this.#throttle.heard();
    this.roundTrips?.answered(now);
  }

  drain(): void {
    if (this.bufferedBytes === 0) this.#settleDrained();
  }

  close(_ws: Socket, code: number): void {
    if (this.session.closed) return;
    this.#stopListening();
    this.host.manager.close(this.session);
    this.#settleDrained();
    this.host.logger.debug({ clientId: this.session.id, code }, 'socket closed');
  }

  // The engine's half.

  get gateway(): SocketHost {
    return this.host;
  }

  send(frame: ControlFrame): void {
    if (this.#inBatches && 'channel' in frame && frame.channel) this.host.flush(frame.channel);
    this.sendText(encodeFrame(frame));
  }

  deliver(delivery: Delivery): void {
    this.sendPublication(delivery.publication.channel, this.host.encode(delivery));
  }

  sendPublication(channel: string, text: string): void {
    if (this.#inBatches) this.host.flush(channel);
    this.sendText(text);
  }

  whisper(_frame: EphemeralFrame, text: string): void {
    if (!this.congested) this.sendText(text);
  }

  join(channel: string): void {
    if (this.session.closed) return;
    if (this.#inBatches) this.host.flush(channel);
    this.#ws.subscribe(this.host.topicOf(channel, this.#inBatches));
  }

  leave(channel: string): void {
    if (!this.session.closed) this.#ws.unsubscribe(this.host.topicOf(channel, this.#inBatches));
  }

  probe(): void {
    this.roundTrips ??= new RoundTrips();
    this.roundTrips.asked(this.host.clock.monotonic());
    this.#ws.ping();
  }

  get congested(): boolean {
    return !this.session.closed && this.bufferedBytes > 0;
  }

  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenDrained = resolve;
    });
  }

  disconnect(reason: CloseReason): void {
    if (this.closing) return;
    this.#stopListening();
    this.#ws.close(closeCodes[reason].code, reason);
    if (!this.session.closed) this.host.clock.after(closeGraceMs, () => this.cut());
  }

  cut(): void {
    if (this.session.closed) return;
    this.#ws.terminate();
    // The session ends with its connection, whether or not Bun tells of it.
    this.close(this.#ws, 1006);
  }

  // The members that the gateway and the frame handlers use.

  get bufferedBytes(): number {
    return this.session.closed ? 0 : this.#ws.getBufferedAmount();
  }

  sendText(text: string): void {
    // Bun returns −1 when bytes queue behind a slow reader and 0 when they were dropped.
    if (!this.session.closed && this.#ws.send(text) <= 0)
      this.host.manager.sendBuffers.suspectOne(this.session, text.length);
  }

  reply(_type: string, text: string): void {
    this.sendText(text);
  }

  fail(thrown: unknown, about?: About): void {
    const { frame, end } = this.#throttle.refuse(thrown, about);
    this.send(frame);
    if (end) this.host.manager.disconnect(this.session, end);
  }

  tell(thrown: unknown, about?: About): void {
    this.send(this.#throttle.tell(thrown, about));
  }

  handle(item: string | Uint8Array | Request): void | Promise<void> {
    if (item instanceof Request) return identifyUpgrade(this, item);
    const decoded = typeof item === 'string' ? this.#decode(item) : binary;
    return this.#throttle.pace(decoded, () => handleFrame(this, decoded));
  }

  setPaused(paused: boolean): void {
    if (this.session.closed) return;
    this.#throttle.paused(paused);
    if (paused) this.#ws.pause();
    else this.#ws.resume();
  }

  #decode(text: string): Decoded {
    return decodeClientFrame(text, this.host.frames, this.host.reword);
  }

  #stopListening(): void {
    this.closing = true;
    this.#throttle.stop();
    this.#inbox.clear();
  }

  #settleDrained(): void {
    const settle = this.#whenDrained;
    this.#whenDrained = undefined;
    settle?.();
  }
}
