import type { ServerWebSocket } from 'bun';
import { AppError } from '../../errors.ts';
import { decodeClientFrame } from '../../protocol/codec.ts';
import { type CloseReason, closeCodes } from '../../protocol/codes.ts';
import { type ControlFrame, encodeFrame, errorFrame } from '../../protocol/server-frames.ts';
import type { Delivery, Transport } from '../../realtime/ports/transport.ts';
import { RateLimit } from '../../realtime/rate-limit.ts';
import type { Session } from '../../realtime/session.ts';
import { handleFrame } from './frame-handler.ts';
import { greeting, identifyUpgrade } from './identity.ts';
import { Inbox } from './inbox.ts';
import type { About, Host, Peer } from './peer.ts';

/** A peer that does not answer our close frame is cut off after this many milliseconds. */
const closeGraceMs = 2_000;

type Socket = ServerWebSocket<unknown>;

/**
 * One WebSocket: the transport of a session, and the object in `ws.data` that Bun's events go to. Elysia's dispatcher
 * calls `open/message/drain/close/ping/pong` of whatever stands there, so this is all that an upgrade leaves behind.
 */
export class Connection implements Transport, Peer {
  readonly host: Host;
  readonly session: Session;
  readonly #ws: Socket;
  readonly #inbox = new Inbox<string | Request>(this);
  readonly #frames: RateLimit;
  readonly #errors: RateLimit;
  /** No frame is heard any more; the close handshake is under way or over. */
  closing = false;
  #whenDrained: (() => void) | undefined;

  /** Greets the client and handles the credentials of the upgrade before any frame. */
  constructor(host: Host, ws: Socket, upgrade: Request) {
    this.host = host;
    this.#ws = ws;
    this.session = host.manager.open(this);
    const { framesPerMinute, errorsPerMinute } = host.limits;
    this.#frames = new RateLimit(framesPerMinute, this.session.openedAt);
    this.#errors = new RateLimit(errorsPerMinute, this.session.openedAt);
    this.send(greeting(host, this));
    this.#inbox.push(upgrade);
  }

  // Bun's events. A throw in ping or pong would end the process; in the others it would vanish.

  message(_ws: Socket, raw: string | Uint8Array): void {
    if (this.closing) return;
    const now = this.host.clock.now();
    this.session.heardAt = now;
    const waitMs = this.#frames.take(now);
    if (waitMs > 0) {
      this.fail(new AppError('rate_limited', 'Too many frames in a minute.', { retryAfterMs: waitMs }));
    } else if (typeof raw !== 'string') {
      this.fail(new AppError('invalid_frame', 'Frames are text; this one is binary.'));
    } else {
      this.#inbox.push(raw);
    }
  }

  ping(): void {
    this.session.heardAt = this.host.clock.now();
  }

  pong(): void {
    this.session.heardAt = this.host.clock.now();
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

  get gateway(): Host {
    return this.host;
  }

  send(frame: ControlFrame): void {
    this.sendText(encodeFrame(frame));
  }

  deliver({ text }: Delivery): void {
    this.sendText(text);
  }

  join(channel: string): void {
    if (!this.session.closed) this.#ws.subscribe(channel);
  }

  leave(channel: string): void {
    if (!this.session.closed) this.#ws.unsubscribe(channel);
  }

  probe(): void {
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
    this.host.manager.ended(reason);
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

  fail(thrown: unknown, about: About = {}): void {
    const error = AppError.from(thrown);
    this.#log(error);
    this.send(errorFrame(error.code, error.message, { ...about, retryAfterMs: error.retryAfterMs }));
    if (error.code === 'too_many_connections') this.disconnect('too_many_connections');
    else if (this.#errors.take(this.host.clock.now()) > 0) this.disconnect('too_many_requests');
  }

  handle(item: string | Request): void | Promise<void> {
    if (typeof item !== 'string') return identifyUpgrade(this, item);
    const decoded = decodeClientFrame(item);
    if ('fault' in decoded) {
      const { code, message, id } = decoded.fault;
      return this.fail(new AppError(code, message), { id });
    }
    const { frame } = decoded;
    const about = { id: frame.id, channel: 'channel' in frame ? frame.channel : undefined };
    try {
      return handleFrame(this, frame)?.catch((error: unknown) => this.fail(error, about));
    } catch (error) {
      this.fail(error, about);
    }
  }

  setPaused(paused: boolean): void {
    if (this.session.closed) return;
    if (paused) this.#ws.pause();
    else this.#ws.resume();
  }

  #log(error: AppError): void {
    const entry = { clientId: this.session.id, userId: this.session.principal?.userId, code: error.code };
    if (error.code === 'internal') this.host.logger.error({ ...entry, err: error.cause }, 'a frame failed');
    else this.host.logger.debug({ ...entry, err: error.cause }, 'a frame was refused');
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
