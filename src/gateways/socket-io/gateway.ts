import type { Server } from 'bun';
import type { Authenticator } from '../../auth/authenticator.ts';
import type { AcknowledgedEvent, SocketIoClients } from '../../extension/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import { componentLogger, type Logger } from '../../logger.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Limits } from '../../realtime/sessions/limits.ts';
import type { OriginRules } from '../callers/origin.ts';
import { Readers } from '../fanout/readers.ts';
import { type EncodeItem, SharedDelivery } from '../fanout/shared-delivery.ts';
import type { OwnFrames } from '../frames/own-frames.ts';
import type { HostDeps } from '../frames/peer.ts';
import { answerSeconds, lingering } from '../http/lingering.ts';
import { Connection } from './connection.ts';
import type { EngineConnection } from './engine/connection.ts';
import { Engine } from './engine/engine.ts';
import { publicationPackets } from './engine/packet.ts';
import type { Rooms } from './event-frame.ts';
import type { PacketReader, Packets, SocketIoHost } from './host.ts';

/**
 * Socket.IO clients as sessions of the same manager. Of Socket.IO this has the protocol alone, as its specification and
 * the stock client have it: no rooms, and no adapter that would carry anything to other processes. The stock server keeps
 * four times as much for each idle client.
 */
export class SocketIoGateway implements SocketIoHost {
  readonly name = 'socket.io';
  readonly userLimit = 'socketsPerUser';
  readonly manager: RealtimeManager;
  readonly authenticator: Authenticator;
  readonly origins: OriginRules;
  readonly limits: Limits;
  readonly frames: OwnFrames;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readers = new Readers<PacketReader>();
  readonly rooms: Rooms;
  readonly encode: EncodeItem<Packets>;
  readonly receipts: ReadonlyMap<string, AcknowledgedEvent>;
  readonly #clients: readonly SocketIoClients[];
  readonly #engine: Engine;

  constructor(deps: HostDeps, clients: readonly SocketIoClients[]) {
    this.#clients = clients;
    this.rooms = new Map(clients.flatMap(({ rooms = {} }) => Object.entries(rooms)));
    this.manager = deps.manager;
    this.receipts = new Map(clients.flatMap(({ receipts = {} }) => Object.entries(receipts)));
    this.encode = publicationPackets(deps.manager.namespaces, this.receipts);
    this.authenticator = deps.authenticator;
    this.origins = deps.origins;
    this.limits = deps.limits;
    this.frames = deps.frames;
    this.clock = deps.clock;
    this.logger = componentLogger(deps.logger, 'socket.io');
    const { heartbeatMs, frameBytes } = deps.limits;
    this.#engine = new Engine({
      clock: deps.clock,
      heartbeatMs,
      maxPayload: frameBytes,
      open: (connection, handshake) => this.#open(connection, handshake),
    });
  }

  async autoSubscribe(principal: Principal): Promise<readonly string[]> {
    const lists = await Promise.all(this.#clients.map((each) => each.autoSubscribe?.(principal) ?? []));
    return lists.flat();
  }

  /** A request of Engine.IO: a handshake, a poll, what a polling client sends, or an upgrade. */
  async handle(request: Request, server: Server<unknown> | null): Promise<Response> {
    const linger = lingering(request, server);
    try {
      return await this.#engine.handle(request, server);
    } catch (error) {
      // Its body broke off; there is nobody to answer any more.
      if (request.signal.aborted) return new Response(null, { status: 400 });
      throw error;
    } finally {
      linger(answerSeconds);
    }
  }

  broadcast(channel: string, delivery: Delivery): void {
    this.multicast(channel, delivery, this.readers.of(channel));
  }

  multicast(_channel: string, delivery: Delivery, to: Iterable<PacketReader>): void {
    const packet = new SharedDelivery(delivery, this.encode);
    for (const reader of to) reader.take(packet);
  }

  /** An exception in making a connection closes it. */
  #open(engine: EngineConnection, handshake: Request): void {
    try {
      new Connection(this, engine, handshake).greet();
    } catch (error) {
      this.logger.error({ err: error }, 'socket not opened; it is closed');
      engine.close();
    }
  }
}
