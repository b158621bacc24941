import { Server as Engine, type WebSocketData } from '@socket.io/bun-engine';
import type { Server } from 'bun';
import { type Socket, Server as SocketIo } from 'socket.io';
import type { Authenticator } from '../../auth/authenticator.ts';
import { AppError } from '../../errors.ts';
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
import { bunHandlers } from './engine/bun-socket.ts';
import type { EngineSocket } from './engine/engine-socket.ts';
import { publicationPackets } from './engine/packet.ts';
import { parser } from './engine/parser.ts';
import type { Rooms } from './event-frame.ts';
import type { PacketReader, Packets, SocketIoHost } from './host.ts';

const overTimer = setTimeout(() => undefined);
clearTimeout(overTimer);

/**
 * Socket.IO clients as sessions of the same manager. Of socket.io this uses the protocol alone: no rooms, and no adapter
 * that would carry anything to other processes.
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
  readonly #connections = new WeakMap<object, Connection>();
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
    const { heartbeatMs, frameBytes, authTimeoutMs } = deps.limits;
    this.#engine = new Engine({
      pingInterval: heartbeatMs,
      pingTimeout: heartbeatMs,
      maxHttpBufferSize: frameBytes,
    });
    // Before socket.io hears of a connection, so that there is a session for every namespace that is asked for.
    this.#engine.on('connection', (socket) => {
      const engineSocket = socket as unknown as EngineSocket;
      // With none, every pong that nobody asked for starts a timer.
      engineSocket.pingTimeoutTimer ??= overTimer;
      // Silence is for the sweep to judge, as on every transport: this timer takes a stopped process for a silent peer.
      engineSocket.resetPingTimeout = () => undefined;
      this.#open(socket, engineSocket);
    });
    const io = new SocketIo({ serveClient: false, connectTimeout: 2 * authTimeoutMs, parser });
    io.bind(this.#engine);
    io.use(
      (socket, next) =>
        void this.#connectionOf(socket)
          ?.connect(socket)
          .then(() => next()),
    );
    io.on('connection', (socket) => this.#connectionOf(socket)?.begin(socket));
  }

  async autoSubscribe(principal: Principal): Promise<readonly string[]> {
    const lists = await Promise.all(this.#clients.map((each) => each.autoSubscribe?.(principal) ?? []));
    return lists.flat();
  }

  /** A request of Engine.IO: a handshake, a poll, what a polling client sends, or an upgrade. */
  async handle(request: Request, server: Server<unknown> | null): Promise<Response> {
    const linger = lingering(request, server);
    let isUpgraded = false;
    const upgrade = (_: Request, { headers, data }: { headers: Headers; data: WebSocketData }) => {
      isUpgraded =
        server?.upgrade(request, { headers, data: bunHandlers(data.transport, this.clock) }) ?? false;
      if (isUpgraded) return true;
      throw new AppError('validation_failed', 'This is not the opening handshake of a WebSocket.');
    };
    try {
      return await this.#engine.handleRequest(request, { upgrade } as unknown as Server<WebSocketData>);
    } catch (error) {
      // Its body broke off; there is nobody to answer any more.
      if (request.signal.aborted) return new Response(null, { status: 400 });
      throw error;
    } finally {
      if (!isUpgraded) linger(answerSeconds);
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
  #open(socket: object, engineSocket: EngineSocket): void {
    try {
      const connection = new Connection(this, engineSocket);
      this.#connections.set(socket, connection);
      connection.greet();
    } catch (error) {
      this.logger.error({ err: error }, 'socket not opened; it is closed');
      engineSocket.close();
    }
  }

  #connectionOf({ conn }: Socket): Connection | undefined {
    return this.#connections.get(conn);
  }
}
