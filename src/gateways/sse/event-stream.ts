import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import { type ControlFrame, wireFrame } from '../../protocol/frames/server-frames.ts';
import { type CloseReason, closeCodes } from '../../protocol/wire/close-codes.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { ResolvedChannel } from '../../realtime/channels/namespace.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { Subscribed } from '../../realtime/subscriptions/recovery.ts';
import { ReaderVector } from '../fanout/vector.ts';
import { encodeEvent, type ServerSentEvent } from '../http/stream-event.ts';
import type { SharedEvent, StreamForm, StreamHost, StreamReader } from './host.ts';
import { queuedBytes, queueing } from './sink.ts';

/** Bytes that wait for the socket before a recovery waits for the reader. */
const highWaterMark = 65_536;
/** Clients come back after this or a little more, not all at once. Milliseconds. */
const leastRetryMs = 1_000;

/**
 * One response of server-sent events: the transport of a session. Until every channel has answered, everything is
 * held back: the id of the first event has to name the positions of all channels, or a client that comes back with it
 * would miss what the others published meanwhile (R1).
 */
export class EventStream implements StreamReader {
  readonly gateway: StreamHost;
  readonly form: StreamForm;
  readonly session: Session;
  readonly body: ReadableStream<Uint8Array>;
  readonly #vector = new ReaderVector();
  readonly #renewAt: number;
  #owned: DisposableStack | undefined;
  #output: ReadableStreamDefaultController<Uint8Array> | undefined;
  #heldBack: (() => void)[] | undefined = [];
  #waiting: (() => void)[] | undefined;
  /** Events of this turn, which go out together at its end. */
  #unsent: Uint8Array[] | undefined;
  #unsentBytes = 0;
  #retryMs = Math.round(leastRetryMs * (1 + Math.random()));

  constructor(gateway: StreamHost, form: StreamForm, channels: readonly ResolvedChannel[]) {
    this.gateway = gateway;
    this.form = form;
    for (const channel of channels) this.#vector.add(channel);
    this.body = new ReadableStream<Uint8Array>(this, queueing);
    this.session = gateway.manager.open(this);
    // Streams that began together, after a deploy for instance, do not end together.
    this.#renewAt = gateway.clock.monotonic() + gateway.limits.streamLifetimeMs * (1 - Math.random() / 10);
    gateway.add(this);
  }

  // The source of the body: an object of its own would hold closures.

  start(output: ReadableStreamDefaultController<Uint8Array>): void {
    this.#output = output;
  }

  pull(): void {
    this.#settleWaiting();
  }

  /** The client has gone. */
  cancel(): void {
    this.free('client');
  }

  /** Takes the answer to the subscribe of a channel, or to a recovery that could not go on. */
  subscribed(channel: string, answer: Subscribed): void {
    if (!this.#vector.knows(channel)) this.#vector.move(channel, answer.position);
    if (answer.recovered === false) this.send({ type: 'subscribed', channel, ...answer });
  }

  /** From here on the channel is told; what came of it before is forgotten. */
  restart(channel: string, position: Position): void {
    this.#vector.move(channel, position);
    if (this.#heldBack) this.#heldBack = [];
  }

  /** Every channel has answered: from now on it flows, after an event that says where it begins. */
  begin(opening: (position: string) => ServerSentEvent): void {
    const heldBack = this.#heldBack ?? [];
    this.#heldBack = undefined;
    const position = String(this.#vector);
    this.#emit({ retry: this.#retryMs, id: position, ...opening(position) });
    for (const run of heldBack) run();
  }

  take(event: SharedEvent): void {
    const { isLive } = this.#vector;
    if (this.#heldBack) this.#heldBack.push(() => this.#takeNow(event, isLive));
    else this.#takeNow(event, isLive);
  }

  /** An event that is no publication, after which the client is at this position. */
  push(bytes: Uint8Array, channel: string, position: Position): void {
    this.#inOrder(() => {
      this.#vector.move(channel, position);
      this.#write(bytes);
    });
  }

  end(reason: CloseReason): void {
    this.gateway.manager.disconnect(this.session, reason);
  }

  beat(): void {
    const now = this.gateway.clock.monotonic();
    // Nothing comes back over a stream: a client that takes the bytes sent is alive.
    if (!this.congested) this.session.heardAt = now;
    if (now >= this.#renewAt) this.end('renew');
    else if (!this.#heldBack) this.#write(this.form.beat());
  }

  // The engine's half.

  send(frame: ControlFrame): void {
    if (frame.type === 'reconnect') this.#retryMs = Math.max(this.#retryMs, frame.afterMs);
    else this.#inOrder(() => this.#tell(frame));
  }

  deliver(delivery: Delivery): void {
    const event = this.form.present(delivery);
    if (event) this.take(event);
  }

  whisper(frame: EphemeralFrame): void {
    if (!this.congested) this.#emit({ data: frame });
  }

  join(channel: string): void {
    this.#vector.join();
    this.gateway.readers.join(channel, this);
  }

  leave(channel: string): void {
    this.#vector.leave();
    this.gateway.readers.leave(channel, this);
  }

  probe(): void {
    // The gateway's own beat is more frequent, and tells who is alive.
  }

  get congested(): boolean {
    if (!this.#output) return false;
    return this.#heldBack !== undefined || this.bufferedBytes >= highWaterMark;
  }

  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  disconnect(reason: CloseReason): void {
    const output = this.#output;
    if (!output) return;
    // A stream that nobody reads is cut: a clean end would wait behind what is queued.
    const cut = reason === 'slow' || reason === 'no_pong';
    if (!cut) {
      const data = { type: 'end', code: closeCodes[reason].code, reason };
      this.#emit({ retry: this.#retryMs, event: 'end', data });
    }
    const unsent = this.#takeUnsent();
    if (!cut && unsent) output.enqueue(unsent);
    this.#output = undefined;
    // Without a reason: Bun would print it.
    if (cut) output.error();
    else output.close();
    this.free(reason);
  }

  get bufferedBytes(): number {
    return this.#output ? this.#unsentBytes + queuedBytes(this.#output) : 0;
  }

  /** Hands over to Bun what was written in this turn. */
  flush(): void {
    const unsent = this.#takeUnsent();
    if (!this.#output || !unsent) return;
    this.#output.enqueue(unsent);
    if (!this.congested) this.#settleWaiting();
    // More than this one piece waits, or it alone is too much.
    const { manager, limits } = this.gateway;
    const isMuch = this.bufferedBytes > Math.min(unsent.length, limits.sendBufferBytes);
    if (isMuch) manager.sendBuffers.suspectOne(this.session, unsent.length);
  }

  /** Disposed of when the stream ends. */
  own(owned: Disposable): void {
    this.#owned ??= new DisposableStack();
    this.#owned.use(owned);
  }

  /** Gives back everything the stream holds, once the connection has gone or is about to. */
  free(reason: CloseReason | 'client' | 'refused'): void {
    this.#output = undefined;
    this.#heldBack = undefined;
    this.#settleWaiting();
    if (this.session.closed) return;
    this.#owned?.dispose();
    this.gateway.delete(this);
    this.gateway.manager.close(this.session);
    this.gateway.logger.debug({ clientId: this.session.id, reason }, 'stream closed');
  }

  #takeNow(event: SharedEvent, isLive: boolean): void {
    if (!event.isKnown(this.#vector)) this.#write(event.take(this.#vector, isLive));
  }

  #tell(frame: ControlFrame): void {
    if (frame.type === 'subscribed') {
      if (frame.recovered !== false) return;
      this.#vector.move(frame.channel, frame.position);
      if (this.form.tellsReset)
        this.#emit({ event: 'reset', id: String(this.#vector), data: wireFrame(frame) });
      else this.end('renew');
    } else {
      // `error` is the name EventSource gives to its own troubles.
      this.#emit({ event: frame.type === 'error' ? 'problem' : frame.type, data: wireFrame(frame) });
    }
  }

  #inOrder(run: () => void): void {
    if (this.#heldBack) this.#heldBack.push(run);
    else run();
  }

  #emit(event: ServerSentEvent): void {
    this.#write(encodeEvent(event));
  }

  #write(bytes: Uint8Array): void {
    if (!this.#output) return;
    if (!this.#unsent) this.gateway.turn.add(this);
    this.#unsent ??= [];
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
  }

  #takeUnsent(): Uint8Array | undefined {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    this.#unsentBytes = 0;
    return unsent && this.gateway.turn.join(unsent);
  }

  #settleWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const resolve of waiting ?? []) resolve();
  }
}
