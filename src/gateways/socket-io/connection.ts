import type { Socket } from 'socket.io';
import { AppError } from '../../errors.ts';
import { type ControlFrame, type EphemeralFrame, encodeFrame } from '../../protocol/frames/server-frames.ts';
import { type CloseReason, closeCodes } from '../../protocol/wire/codes.ts';
import { RoundTrips } from '../../realtime/ports/round-trips.ts';
import type { ClientFacts, Delivery } from '../../realtime/ports/transport.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { clientFacts } from '../callers/client-facts.ts';
import { SharedDelivery } from '../fanout/shared-delivery.ts';
import { handleFrame } from '../frames/frame-handler.ts';
import { FrameThrottle } from '../frames/frame-throttle.ts';
import { greeting } from '../frames/identity.ts';
import { Inbox } from '../frames/inbox.ts';
import type { About } from '../frames/peer.ts';
import { admit, endOf } from './admission.ts';
import { type Acknowledge, Call, type Caller } from './call.ts';
import type { EngineSocket } from './engine/engine-socket.ts';
import {
  acknowledgedId,
  connectErrorPacket,
  eventName,
  eventPacket,
  positionPacket,
} from './engine/packet.ts';
import { JsonText } from './engine/parser.ts';
import { decodeEvent } from './event-frame.ts';
import type { PacketReader, SharedPacket, SocketIoHost } from './host.ts';
import { ConnectionLife } from './life.ts';
import { PacketWriter } from './packet-writer.ts';
import { Place } from './place.ts';
import { receiptFrame } from './receipts.ts';

/**
 * One connection of the engine, polling or WebSocket: the transport of a session. Until the namespace has answered,
 * everything is held back: the first position sent has to name all channels that are resumed, or a client that comes
 * back with it would miss what the others published meanwhile (R1).
 */
export class Connection implements PacketReader, Caller {
  readonly gateway: SocketIoHost;
  readonly session: Session;
  readonly roundTrips = new RoundTrips();
  client: ClientFacts | undefined;
  readonly #engine: EngineSocket;
  readonly #writer: PacketWriter;
  readonly #place: Place;
  readonly #life = new ConnectionLife();
  readonly #inbox = new Inbox<() => void | Promise<void>>({
    handle: (run) => run(),
    setPaused: (paused) => {
      this.#throttle.paused(paused);
      this.#writer.socket?.setPaused(paused);
    },
  });
  readonly #throttle = new FrameThrottle(this, this.#inbox);
  /** Characters of the packet that is being taken in. */
  #packetSize = 0;
  #socket: Socket | undefined;
  /** Acknowledgements that may still come: one for each publication that asks for it (R4). */
  #receipts = 0;

  /** Makes the session last: what throws before leaves nothing behind. */
  constructor(gateway: SocketIoHost, engine: EngineSocket) {
    this.gateway = gateway;
    this.#engine = engine;
    this.#writer = new PacketWriter(engine);
    engine.on('packetCreate', ({ type }) => {
      if (type === 'ping') this.roundTrips.asked(gateway.clock.monotonic());
    });
    engine.on('packet', ({ type, data = '' }) => {
      const now = this.#throttle.heard();
      this.#packetSize = data.length;
      if (type === 'pong') this.roundTrips.answered(now);
      const receipted = type === 'message' ? acknowledgedId(data) : undefined;
      if (receipted !== undefined) this.#receipted(receipted);
      // The protocol itself sends too, to a client that is refused a namespace for instance.
      this.#disconnectWhenSlow();
    });
    engine.on('close', (why) => this.#closed(why));
    this.session = gateway.manager.open(this);
    this.#place = new Place(this.session, gateway.manager.namespaces);
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

  /** Returns the CONNECT of a client, before socket.io does: credentials, and what is resumed. Never rejects. */
  async connect(socket: Socket): Promise<void> {
    if (!this.#life.move('connect')) return this.#end('bad_protocol');
    const { url, headers } = this.#engine.request;
    try {
      const { auth } = socket.handshake;
      const handshake = new Request(url, { headers });
      this.client = clientFacts(handshake, auth);
      const { pid, recovery } = await admit(new Call(this), auth, handshake);
      // The next frames of the client may concern the channels that are still being recovered.
      this.#inbox.push(async () => {
        await recovery;
      });
      // The stock client takes its state for recovered when it gets the same pid as last time.
      Object.assign(socket, { pid: pid ?? this.session.id });
    } catch (error) {
      const failure = AppError.from(error);
      this.refuse(failure, undefined, (frame) => {
        this.#writer.write(connectErrorPacket(failure.code, frame));
      });
      this.#end(endOf(failure), true);
    }
  }

  /** The namespace has answered: from now on it flows, both ways. */
  begin(socket: Socket): void {
    this.#socket = socket;
    socket.use((event: readonly unknown[]) => this.#hear(event));
    // The engine's connection carries this one session and has nothing to live for without it.
    socket.on('disconnect', () => this.#writer.close(this.gateway.clock, () => this.#closed('forgotten')));
    this.#life.move('begin');
    this.#writer.settle();
  }

  take(packet: SharedPacket): void {
    const { vector } = this.#place;
    const { isLive } = vector;
    this.#life.inOrder(() => {
      const packets = packet.take(vector, isLive);
      if (packets.length > 1) this.#receipts += 1;
      for (const each of packets) this.#write(each);
    });
  }

  acknowledge(text: string, answer: Acknowledge, frame?: ControlFrame): void {
    const vector = frame && this.#place.move(frame);
    answer(new JsonText(text));
    if (vector !== undefined) this.#write(positionPacket(vector));
    this.#tellContext();
    // Its listeners learn of every identity, by whichever frame it came.
    if (frame?.type === 'authenticated') this.send(frame);
    this.#disconnectWhenSlow();
  }

  refuse(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void {
    const { frame, end } = this.#throttle.refuse(thrown, about);
    answer(frame);
    if (end) this.#end(end);
  }

  tell(thrown: unknown, about: About | undefined, answer: (frame: ControlFrame) => void): void {
    answer(this.#throttle.tell(thrown, about));
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

  probe(): void {
    // The engine pings by itself, as often.
  }

  get congested(): boolean {
    return !this.#life.isOver && (this.#life.isHeldBack || this.#writer.isFull);
  }

  drained(): Promise<void> {
    return this.congested ? this.#writer.settled() : Promise.resolve();
  }

  /** The stock client comes back by itself from a closed transport, and stays away when it is disconnected. */
  disconnect(reason: CloseReason): void {
    if (this.#life.isOver) return;
    const { code } = closeCodes[reason];
    if (!this.#life.isHeldBack)
      this.#writer.write(eventPacket('end', JSON.stringify({ type: 'end', code, reason })));
    this.#stop();
    // A client that never says who it is would come back for ever.
    if (code >= 4500 || reason === 'auth_timeout') this.#socket?.disconnect(true);
    this.#writer.close(this.gateway.clock, () => this.#closed('forgotten'));
  }

  cut(): void {
    this.#writer.cut();
    this.#closed('cut');
  }

  get bufferedBytes(): number {
    return this.session.closed ? 0 : this.#writer.waitingBytes;
  }

  #end(reason: CloseReason, isTold = false): void {
    this.gateway.manager.disconnect(this.session, reason, isTold);
  }

  #tellContext(): void {
    const vector = this.#place.enterContext();
    if (vector !== undefined) this.#write(positionPacket(vector));
  }

  #hear(event: readonly unknown[]): void {
    if (this.#life.isOver) return;
    const [name, ...args] = event;
    const acknowledge = typeof args.at(-1) === 'function' ? (args.pop() as Acknowledge) : undefined;
    const call = new Call(this, acknowledge);
    const { rooms, frames } = this.gateway;
    this.#inbox.push(() => {
      const decoded = decodeEvent(name, args, rooms, frames);
      return this.#throttle.pace(decoded, () => handleFrame(call, decoded));
    }, this.#packetSize);
    this.#throttle.arrived();
  }

  /** The listener of a publication called its acknowledgement, which stands for a frame. */
  #receipted(offset: number): void {
    if (this.#life.isOver || this.#receipts === 0) return;
    this.#receipts -= 1;
    const call = new Call(this, () => undefined);
    this.#inbox.push(async () => {
      try {
        const own = await receiptFrame(this.gateway, this.session, offset);
        if (own) await handleFrame(call, { own });
      } catch (error) {
        call.fail(error);
      }
    }, this.#packetSize);
  }

  #write(packet: string): void {
    if (this.#life.isOver) return;
    this.#writer.write(packet);
    this.#disconnectWhenSlow();
  }

  #disconnectWhenSlow(): void {
    const bytes = this.#writer.waitingBytes;
    if (this.#life.isOver || bytes === 0) return;
    this.gateway.manager.sendBuffers.suspect(0);
    if (bytes <= this.gateway.limits.sendBufferBytes) return;
    this.gateway.logger.warn(
      { clientId: this.session.id, bytes },
      'slow reader disconnected; it comes back and reads from the log',
    );
    this.#end('slow');
  }

  /** Once: the session ends with its connection. */
  #closed(why: string): void {
    if (this.session.closed) return;
    this.#stop();
    this.gateway.manager.close(this.session);
    this.gateway.logger.debug({ clientId: this.session.id, why }, 'socket closed');
  }

  #stop(): void {
    this.#life.move('end');
    this.#throttle.stop();
    this.#inbox.clear();
    this.#writer.settle();
  }
}
