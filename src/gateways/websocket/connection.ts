import type { ServerWebSocket } from 'bun';
import { AppError } from '../../errors.ts';
import { decodeClientFrame } from '../../protocol/codec.ts';
import { type CloseReason, closeCodes } from '../../protocol/codes.ts';
import { type ControlFrame, type EphemeralFrame, encodeFrame } from '../../protocol/server-frames.ts';
import type { ClientFacts, Delivery, Transport } from '../../realtime/ports/transport.ts';
import { RoundTrips } from '../../realtime/round-trips.ts';
import type { Session } from '../../realtime/session.ts';
import { handleFrame } from '../frames/frame-handler.ts';
import { greeting } from '../frames/identity.ts';
import { Inbox } from '../frames/inbox.ts';
import { Intake } from '../frames/intake.ts';
import type { About, Peer } from '../frames/peer.ts';
import { clientFacts } from '../http/client-facts.ts';
import type { SocketHost } from './host.ts';
import { identifyUpgrade } from './upgrade.ts';

/** A peer that does not answer our close frame is cut off after this many milliseconds. */
const closeGraceMs = 2_000;

type Socket = ServerWebSocket<unknown>;

/**
 * One WebSocket: the transport of a session, and the object in `ws.data` that Bun's events go to. Elysia's dispatcher
 * calls `open/message/drain/close/ping/pong` of whatever stands there, so this is all that an upgrade leaves behind.
 */
export class Connection implements Transport, Peer {
  readonly host: SocketHost;
  readonly session: Session;
  readonly client: ClientFacts;
  /** From the first probe on: most sockets speak by themselves. */
  roundTrips: RoundTrips | undefined;
  readonly #ws: Socket;
  readonly #inbox = new Inbox<string | Request>(this);
  readonly #intake: Intake;
  /** The client knows frames that hold several publications. */
  readonly #inBatches: boolean;
  /** No frame is heard any more; the close handshake is under way or over. */
  closing = false;
  #whenDrained: (() => void) | undefined;

  /** Greets the client and handles the credentials of the upgrade before any frame. */
  constructor(host: SocketHost, ws: Socket, upgrade: Request) {
    this.host = host;
    this.#ws = ws;
    this.client = clientFacts(upgrade);
    this.session = host.manager.open(this);
    this.#intake = new Intake(host, this.session);
    this.#inBatches = new URL(upgrade.url).searchParams.get('batch') === 'true';
    this.send(greeting(host, this.session));
    this.#inbox.push(upgrade);
  }

  // Bun's events. A throw in ping or pong would end the process; in the others it would vanish.

  message(_ws: Socket, raw: string | Uint8Array): void {
    if (this.closing) return;
    const refused = this.#intake.hear();
    if (refused) this.fail(refused);
    else if (typeof raw === 'string') this.#inbox.push(raw);
    else this.fail(new AppError('invalid_frame', 'Frames are text; this one is binary.'));
  }

  ping(): void {
    this.session.heardAt = this.host.clock.now();
  }

  pong(): void {
    this.session.heardAt = this.host.clock.now();
    this.roundTrips?.answered(this.session.heardAt);
  }

  drain(): void {
    if (this.bufferedBytes === 0) this.#settleDrained();
  }

  close(_ws: Socket, code: number): void {
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
    if (this.#inBatches) this.host.flush(delivery.publication.channel);
    this.sendText(this.host.encode(delivery));
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
    this.roundTrips.asked(this.host.clock.now());
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
    this.host.manager.ended(reason, this.session);
    this.#ws.close(closeCodes[reason].code, reason);
    this.host.clock.after(closeGraceMs, () => {
      if (!this.session.closed) this.#ws.terminate();
    });
  }

  // What the gateway and the frame handlers use.

  get bufferedBytes(): number {
    return this.#ws.getBufferedAmount();
  }

  sendText(text: string): void {
    // Bun answers −1 when bytes queue behind a slow reader and 0 when they were dropped.
    if (!this.session.closed && this.#ws.send(text) <= 0) this.host.suspectSlowReaders(text.length);
  }

  fail(thrown: unknown, about?: About): void {
    const { frame, end } = this.#intake.refuse(thrown, about);
    this.send(frame);
    if (end) this.disconnect(end);
  }

  handle(item: string | Request): void | Promise<void> {
    if (typeof item !== 'string') return identifyUpgrade(this, item);
    return handleFrame(this, decodeClientFrame(item, this.host.frames));
  }

  setPaused(paused: boolean): void {
    if (this.session.closed) return;
    if (paused) this.#ws.pause();
    else this.#ws.resume();
  }

  #stopListening(): void {
    this.closing = true;
    this.#inbox.clear();
  }

  #settleDrained(): void {
    const settle = this.#whenDrained;
    this.#whenDrained = undefined;
    settle?.();
  }
}
