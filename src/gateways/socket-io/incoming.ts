import { type Packet, PacketType } from 'socket.io-parser';
import { RoundTrips } from '../../realtime/ports/round-trips.ts';
import { handleFrame } from '../frames/frame-handler.ts';
import { FrameThrottle } from '../frames/frame-throttle.ts';
import { Inbox } from '../frames/inbox.ts';
import { Call, type Caller } from './call.ts';
import type { EngineConnection, EngineUser } from './engine/connection.ts';
import { PacketDecoder } from './engine/decoder.ts';
import { unknownNamespacePacket } from './engine/packet.ts';
import { decodeEvent } from './event-frame.ts';
import type { SocketIoHost } from './host.ts';
import { receiptFrame } from './receipts.ts';

/** The connection whose packets these are. */
interface Owner extends Caller {
  readonly host: SocketIoHost;
  readonly gateway: SocketIoHost;
  /** The namespace was accepted, and not left again. */
  readonly isBegun: boolean;
  /** CONNECT: credentials, and what is to be resumed. */
  connect(payload: unknown): void;
  /** Bytes that waited have gone out. */
  settleWhenEmptier(): void;
  disconnectWhenSlow(): void;
  /** The engine's connection has ended. */
  closed(why: string): void;
}

/** The one namespace that there is. */
const main = '/';

/** The packets of one client, and the frames in them, which are handled in order and within limits. */
export class Incoming implements EngineUser {
  /** From the first ping on. */
  roundTrips: RoundTrips | undefined;
  readonly throttle: FrameThrottle;
  readonly #owner: Owner;
  readonly #engine: EngineConnection;
  readonly #decoder = new PacketDecoder();
  readonly #inbox: Inbox<() => void | Promise<void>>;
  /** Characters of the packet that is being taken in. */
  #packetSize = 0;
  /** Acknowledgements that may still come: one for each publication that asks for it (R4). */
  #receipts = 0;

  constructor(owner: Owner, engine: EngineConnection) {
    this.#owner = owner;
    this.#engine = engine;
    this.#inbox = new Inbox(this);
    this.throttle = new FrameThrottle(owner, this.#inbox);
  }

  /** The client was sent a publication that its listener is to acknowledge. */
  expectReceipt(): void {
    this.#receipts += 1;
  }

  /** The packets that follow are handled when this has settled. It must not reject. */
  holdBackUntil(settled: Promise<unknown>): void {
    this.#inbox.push(async () => {
      await settled;
    });
  }

  /** Nothing is handled from now on. */
  stop(): void {
    this.throttle.stop();
    this.#inbox.clear();
  }

  // The inbox's half.

  handle(run: () => void | Promise<void>): void | Promise<void> {
    return run();
  }

  setPaused(paused: boolean): void {
    this.throttle.paused(paused);
    this.#engine.setPaused(paused);
  }

  // The engine's half.

  heard(): void {
    this.throttle.heard();
  }

  message(data: string | Uint8Array): void {
    this.#packetSize = data.length;
    try {
      const packet = this.#decoder.decode(data);
      if (packet) this.#take(packet);
    } catch (error) {
      const { logger } = this.#owner.gateway;
      logger.debug({ err: error, clientId: this.#owner.session.id }, 'not a packet; the socket is closed');
      this.#engine.close();
    }
  }

  pinged(): void {
    this.roundTrips ??= new RoundTrips();
    this.roundTrips.asked(this.#owner.gateway.clock.monotonic());
  }

  ponged(): void {
    this.roundTrips?.answered(this.#owner.gateway.clock.monotonic());
  }

  drained(): void {
    this.#owner.settleWhenEmptier();
  }

  closed(why: string): void {
    this.#owner.closed(why);
  }

  #take({ type, nsp, data, id }: Packet): void {
    if (type === PacketType.CONNECT && nsp === main) this.#owner.connect(data ?? {});
    else if (type === PacketType.CONNECT) this.#refuseNamespace(nsp);
    else if (type === PacketType.EVENT && nsp === main && this.#owner.isBegun) this.#hear(data ?? [], id);
    else if (type === PacketType.ACK && nsp === main && this.#owner.isBegun) this.#receipted(id);
    // DISCONNECT, or something that does not belong there: the engine's connection carries this one session, and has
    // nothing to live for without it.
    else this.#engine.close();
  }

  #refuseNamespace(name: string): void {
    this.#engine.send(unknownNamespacePacket(name));
    this.#owner.disconnectWhenSlow();
  }

  #hear([name, ...args]: readonly unknown[], id: number | undefined): void {
    const call = new Call(this.#owner, id);
    const { rooms, frames } = this.#owner.gateway;
    this.#inbox.push(() => {
      const decoded = decodeEvent(name, args, rooms, frames);
      return this.throttle.pace(decoded, () => handleFrame(call, decoded));
    }, this.#packetSize);
    this.throttle.arrived();
  }

  /** The listener of a publication called its acknowledgement, which stands for a frame. */
  #receipted(offset = 0): void {
    if (offset <= 0 || this.#receipts === 0) return;
    this.#receipts -= 1;
    const owner = this.#owner;
    const call = new Call(owner, 'unheard');
    this.#inbox.push(async () => {
      try {
        const own = await receiptFrame(owner.gateway, owner.session, offset);
        if (own) await handleFrame(call, { own });
      } catch (error) {
        call.fail(error);
      }
    }, this.#packetSize);
  }
}
