import type { Server, ServerWebSocket } from 'bun';
import type { Authenticator } from '../../auth/authenticator.ts';
import type { SocketAddress } from '../../extension/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import { componentLogger, type Logger } from '../../logger.ts';
import type { Reword } from '../../protocol/frames/codec.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Limits } from '../../realtime/sessions/limits.ts';
import type { OriginRules } from '../callers/origin.ts';
import type { OwnFrames } from '../frames/own-frames.ts';
import type { HostDeps } from '../frames/peer.ts';
import { Batches } from './batches.ts';
import { openConnection } from './connection.ts';
import type { SocketHost, SocketReader } from './host.ts';

/** The sockets of one address. Fan-out is Bun's topics: one call per publication, whatever the number of readers. */
export class WebSocketGateway implements SocketHost {
  readonly name = 'websocket';
  readonly userLimit = 'socketsPerUser';
  readonly manager: RealtimeManager;
  readonly authenticator: Authenticator;
  readonly origins: OriginRules;
  readonly limits: Limits;
  readonly frames: OwnFrames;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reword: Reword | undefined;
  readonly #address: SocketAddress;
  readonly #batches: Batches;
  #server: Server<unknown> | undefined;

  constructor(deps: HostDeps, address: SocketAddress) {
    this.#address = address;
    this.reword = address.reword;
    this.manager = deps.manager;
    this.authenticator = deps.authenticator;
    this.origins = deps.origins;
    this.limits = deps.limits;
    this.frames = deps.frames;
    this.clock = deps.clock;
    this.logger = componentLogger(deps.logger, 'websocket');
    const send = (channel: string, text: string) => this.#publish(this.topicOf(channel, true), text);
    this.#batches = new Batches(deps.clock, send);
  }

  /** The server whose topics carry the broadcasts; known once it listens. */
  attach(server: Server<unknown>): void {
    this.#server = server;
  }

  /** Makes a socket of the request, whose response gets these headers. Returns whether it can be one. */
  upgrade(request: Request, headers: Record<string, string>): boolean {
    return this.#server?.upgrade(request, { headers, data: new Opening(this, request) }) ?? false;
  }

  autoSubscribe(principal: Principal): readonly string[] | Promise<readonly string[]> {
    return this.#address.autoSubscribe?.(principal) ?? [];
  }

  topicOf(channel: string, inBatches: boolean): string {
    const topic = `${this.#address.path} ${channel}`;
    return inBatches && this.#batchMs(channel) !== undefined ? `${topic} batches` : topic;
  }

  flush(channel: string): void {
    this.#batches.flush(channel);
  }

  encode(delivery: Delivery): string {
    return this.#address.encode(delivery);
  }

  multicast(channel: string, delivery: Delivery, to: Iterable<SocketReader>): void {
    const text = this.encode(delivery);
    for (const reader of to) reader.sendPublication(channel, text);
  }

  broadcast(channel: string, delivery: Delivery): void {
    const text = this.encode(delivery);
    const topic = this.topicOf(channel, false);
    const batchMs = this.#batchMs(channel);
    // With batches, either kind of reader may be missing.
    if (batchMs === undefined || this.#isRead(topic)) this.#publish(topic, text);
    if (batchMs !== undefined && this.#isRead(this.topicOf(channel, true)))
      this.#batches.add(channel, text, batchMs);
  }

  #isRead(topic: string): boolean {
    return (this.#server?.subscriberCount(topic) ?? 0) > 0;
  }

  #batchMs(channel: string): number | undefined {
    return this.manager.namespaces.ofChannel(channel)?.batchMs;
  }

  #publish(topic: string, text: string): void {
    // Compression must be refused by name: publish compresses by default, send does not.
    const state = this.#server?.publish(topic, text, false) ?? 0;
    // The worst reader's state. Never sent again on 0: the others have it, and the log repairs the one.
    if (state <= 0) this.manager.sendBuffers.suspect(text.length, this.#server?.subscriberCount(topic) ?? 1);
  }
}

/** The object in `ws.data` until the socket is open. */
class Opening {
  readonly #gateway: WebSocketGateway;
  readonly #request: Request;

  constructor(gateway: WebSocketGateway, request: Request) {
    this.#gateway = gateway;
    this.#request = request;
  }

  /** Puts the connection in its own place: from now on Bun's events reach the connection itself, with the raw frames. */
  open(ws: ServerWebSocket<unknown>): void {
    openConnection(this.#gateway, ws, this.#request);
  }
}
