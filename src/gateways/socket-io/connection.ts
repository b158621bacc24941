import { AppError } from '../../errors.ts';
import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import { type ControlFrame, encodeFrame } from '../../protocol/frames/server-frames.ts';
import { type CloseReason, closeCodes } from '../../protocol/wire/close-codes.ts';
import type { RoundTrips } from '../../realtime/ports/round-trips.ts';
import type { ClientFacts, Delivery } from '../../realtime/ports/transport.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { clientFacts } from '../callers/client-facts.ts';
import { SharedDelivery } from '../fanout/shared-delivery.ts';
import { greeting } from '../frames/identity.ts';
import type { About } from '../frames/peer.ts';
import { admit, endOf } from './admission.ts';
import { type AcknowledgementId, Call, type Caller } from './call.ts';
import type { EngineConnection } from './engine/connection.ts';
import {
  acknowledgementPacket,
  connectErrorPacket,
  connectPacket,
  disconnectPacket,
  eventName,
  eventPacket,
  positionPacket,
} from './engine/packet.ts';
import type { PacketReader, SharedPacket, SocketIoHost } from './host.ts';
import { Incoming } from './incoming.ts';
import { ConnectionLife } from './life.ts';
import { Place } from './place.ts';

/** Bytes that wait for the reader before a recovery waits too. */
const highWaterMark = 65_536;

/**
 * One connection of the engine, polling or WebSocket: the transport of a session. Until the namespace has answered,
 * everything is held back: the first position sent has to name all channels that are resumed, or a client that comes
 * back with it would miss what the others published meanwhile (R1).
 */
export class Connection implements PacketReader, Caller {
  readonly gateway: SocketIoHost;
  readonly session: Session;
  client: ClientFacts | undefined;
  readonly #engine: EngineConnection;
  readonly #incoming: Incoming;
  /** Until the client has asked for the namespace. */
  #handshake: Request | undefined;
  readonly #place: Place;
  readonly #life = new ConnectionLife();
  /** Those that wait for room. */
  #whenDrained: (() => void)[] | undefined;

  /** Makes the session last: what throws before leaves nothing behind. */
  constructor(gateway: SocketIoHost, engine: EngineConnection, handshake: Request) {
    this.gateway = gateway;
    this.#engine = engine;
    this.#handshake = handshake;
    this.session = gateway.manager.open(this);
    this.#place = new Place(this.session, gateway.manager.namespaces);
    this.#incoming = new Incoming(this, engine);
    engine.user = this.#incoming;
  }

  /** Greets the client, which is held back until the namespace has answered. */
  greet(): void {
    try {
      this.send(greeting(this.gateway, this.session));
    } catch (error) {
      this.gateway.logger.error({ err: error, clientId: this.session.id }, 'socket not opened; it is closed');
      this.#end('renew');
    }
  }

  get host(): SocketIoHost {
    return this.gateway;
  }

  // The members that the packets of the client call.

  get isBegun(): boolean {
    return this.#life.isBegun;
  }

  connect(payload: unknown): void {
    const handshake = this.#handshake;
    this.#handshake = undefined;
    if (handshake && this.#life.move('connect')) void this.#admit(payload, handshake);
    else this.#end('bad_protocol');
  }

  settleWhenEmptier(): void {
    this.disconnectWhenSlow();
    if (!this.#isFull) this.#settle();
  }

  /** Once: the session ends with its connection. */
  closed(why: string): void {
    if (this.session.closed) return;
    this.#stop();
    this.gateway.manager.close(this.session);
    this.gateway.logger.debug({ clientId: this.session.id, why }, 'socket closed');
  }

  take(packet: SharedPacket): void {
    const { vector } = this.#place;
    const { isLive } = vector;
    this.#life.inOrder(() => {
      const packets = packet.take(vector, isLive);
      if (packets.length > 1) this.#incoming.expectReceipt();
      for (const each of packets) this.#write(each);
    });
  }

  acknowledge(text: string, id: AcknowledgementId, frame?: ControlFrame): void {
    const vector = frame && this.#place.move(frame);
    if (id !== 'unheard') this.#write(acknowledgementPacket(id, text));
    if (vector !== undefined) this.#write(positionPacket(vector));
    this.#tellContext();
    // Its listeners learn of every identity, by whichever frame it came.
    if (frame?.type === 'authenticated') this.send(frame);
  }

  refuse(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void {
    const { frame, end } = this.#incoming.throttle.refuse(thrown, about);
    answer(frame);
    if (end) this.#end(end);
  }

  tell(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void {
    answer(this.#incoming.throttle.tell(thrown, about));
  }

  // The engine's half.

  send(frame: ControlFrame): void {
    if (frame.type === 'subscribed' && !this.#place.vector.knows(frame.channel)) this.#place.move(frame);
    this.sendText(frame.type, encodeFrame(frame), frame);
  }

  sendText(type: string, text: string, frame?: ControlFrame): void {
    this.#life.inOrder(() => {
      this.#write(eventPacket(type, text, frame && this.#place.move(frame)));
      this.#tellContext();
    });
  }

  deliver(delivery: Delivery): void {
    this.take(new SharedDelivery(delivery, this.gateway.encode));
  }

  whisper({ type }: EphemeralFrame, text: string): void {
    if (!this.congested) this.#write(eventPacket(eventName(type), text));
  }

  join(channel: string): void {
    this.#place.vector.join();
    this.gateway.readers.join(channel, this);
  }

  leave(channel: string): void {
    this.#place.vector.leave();
    this.gateway.readers.leave(channel, this);
  }

  get roundTrips(): RoundTrips | undefined {
    return this.#incoming.roundTrips;
  }

  probe(): void {
    // The engine pings by itself, as often.
  }

  get congested(): boolean {
    return !this.#life.isOver && (this.#life.isHeldBack || this.#isFull);
  }

  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenDrained ??= [];
      this.#whenDrained.push(resolve);
    });
  }

  /** The stock client comes back by itself from a closed transport, and stays away when it is disconnected. */
  disconnect(reason: CloseReason): void {
    if (this.#life.isOver) return;
    const { code } = closeCodes[reason];
    const { isBegun } = this.#life;
    if (isBegun) this.#engine.send(eventPacket('end', JSON.stringify({ type: 'end', code, reason })));
    this.#stop();
    // A client that never says who it is would come back for ever.
    if (isBegun && (code >= 4500 || reason === 'auth_timeout')) this.#engine.send(disconnectPacket);
    this.#engine.close();
  }

  cut(): void {
    this.#engine.cut();
  }

  get bufferedBytes(): number {
    return this.session.closed ? 0 : this.#engine.waitingBytes;
  }

  get #isFull(): boolean {
    return this.#engine.waitingBytes >= highWaterMark;
  }

  /** Identifies the client, resumes its channels and accepts the namespace, or refuses it. Never rejects. */
  async #admit(payload: unknown, handshake: Request): Promise<void> {
    try {
      this.client = clientFacts(handshake, payload as Readonly<Record<string, unknown>>);
      const { pid, recovery } = await admit(new Call(this), payload, handshake);
      if (this.#life.isOver) return;
      // The next frames of the client may concern the channels that are still being recovered.
      this.#incoming.holdBackUntil(recovery);
      // The stock client takes its state for recovered when it gets the same pid as last time.
      this.#engine.send(connectPacket(this.session.id, pid ?? this.session.id));
      this.#life.move('begin');
      this.#settle();
    } catch (error) {
      const failure = AppError.from(error);
      this.refuse(failure, undefined, (frame) => this.#engine.send(connectErrorPacket(failure.code, frame)));
      this.#end(endOf(failure), true);
    }
  }

  #end(reason: CloseReason, isTold = false): void {
    this.gateway.manager.disconnect(this.session, reason, isTold);
  }

  #tellContext(): void {
    const vector = this.#place.enterContext();
    if (vector !== undefined) this.#write(positionPacket(vector));
  }

  #write(packet: string): void {
    if (this.#life.isOver) return;
    this.#engine.send(packet);
    this.disconnectWhenSlow();
  }

  disconnectWhenSlow(): void {
    if (this.#life.isOver || !this.#engine.isBehind) return;
    this.gateway.manager.sendBuffers.suspectOne(this.session, 0);
  }

  #stop(): void {
    this.#life.move('end');
    this.#incoming.stop();
    this.#settle();
  }

  #settle(): void {
    const waiting = this.#whenDrained;
    this.#whenDrained = undefined;
    for (const resolve of waiting ?? []) resolve();
  }
}
