import type { Server } from 'bun';
import { AppError } from '../../../errors.ts';
import type { Clock } from '../../../lib/clock.ts';
import { EngineConnection, type EngineParts, pollResponse } from './connection.ts';
import { Heartbeats } from './heartbeats.ts';
import { type EngineWebSocket, OpeningSocket } from './web-socket.ts';

interface EngineOptions {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** Bytes in one request of a polling client. */
  readonly maxPayload: number;
  /** Gives a new connection its user, or closes it. Must not throw. */
  readonly open: (connection: EngineConnection, handshake: Request) => void;
}

/** The refusals of the protocol, by code. */
const refusals = {
  0: 'Transport unknown',
  1: 'Session ID unknown',
  2: 'Bad handshake method',
  3: 'Bad request',
  5: 'Unsupported protocol version',
} as const;
type Refusal = keyof typeof refusals;

/** A server of version 4 of the Engine.IO protocol. */
export class Engine implements EngineParts {
  readonly clock: Clock;
  readonly heartbeats: Heartbeats;
  readonly maxPayload: number;
  readonly #options: EngineOptions;
  readonly #connections = new Map<string, EngineConnection>();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.maxPayload = options.maxPayload;
    this.heartbeats = new Heartbeats(options.heartbeatMs, options.clock);
  }

  /** A handshake, a poll, what a polling client sends, or an upgrade. Rejects where the body breaks off. */
  handle(request: Request, server: Server<unknown> | null): Response | Promise<Response> {
    const query = new URL(request.url).searchParams;
    const isUpgrade = request.headers.has('upgrade');
    const sid = query.get('sid');
    const connection = sid ? this.#connections.get(sid) : undefined;
    const refusal =
      refusalOfTransport(query, isUpgrade) ??
      (sid ? refusalOfSession(connection) : refusalOfHandshake(request, query));
    if (refusal !== undefined) return refused(refusal);
    if (isUpgrade) {
      const begin = connection
        ? (socket: EngineWebSocket) => connection.probe(socket)
        : (socket: EngineWebSocket) => void this.#begin(request, socket);
      return upgrade(request, server, new OpeningSocket(this.clock, begin));
    }
    if (!connection) return pollResponse(this.#begin(request));
    if (request.method === 'GET') return connection.poll(request);
    return request.method === 'POST' ? connection.receive(request) : new Response(null, { status: 400 });
  }

  forget({ id }: EngineConnection): void {
    this.#connections.delete(id);
  }

  /** Returns the packet that opens the connection, which a WebSocket is sent already. */
  #begin(handshake: Request, socket?: EngineWebSocket): string {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('base64url');
    const connection = new EngineConnection(id, this, socket);
    this.#connections.set(id, connection);
    const { heartbeatMs } = this.#options;
    const opening = `0${JSON.stringify({
      sid: id,
      upgrades: socket ? [] : ['websocket'],
      pingInterval: heartbeatMs,
      pingTimeout: heartbeatMs,
      maxPayload: this.maxPayload,
    })}`;
    if (socket) connection.send(opening);
    this.#options.open(connection, handshake);
    return opening;
  }
}

function refusalOfTransport(query: URLSearchParams, isUpgrade: boolean): Refusal | undefined {
  const transport = query.get('transport');
  if (transport !== 'polling' && transport !== 'websocket') return 0;
  return transport === 'websocket' && !isUpgrade ? 3 : undefined;
}

function refusalOfSession(connection: EngineConnection | undefined): Refusal | undefined {
  if (!connection) return 1;
  return connection.isPolling ? undefined : 3;
}

function refusalOfHandshake({ method }: Request, query: URLSearchParams): Refusal | undefined {
  if (method !== 'GET') return 2;
  return query.get('EIO') === '4' ? undefined : 5;
}

function refused(code: Refusal): Response {
  return Response.json({ code, message: refusals[code] }, { status: 400 });
}

function upgrade(request: Request, server: Server<unknown> | null, data: OpeningSocket): Response {
  if (server?.upgrade(request, { data })) return new Response(null);
  throw new AppError('validation_failed', 'This is not the opening handshake of a WebSocket.');
}
