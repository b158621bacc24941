import { createInbox } from '../clients/inbox.ts';
import { OPCODE, openRawWebSocket } from '../clients/raw-websocket.ts';

/** The facts that the server tells a new session of Engine.IO; milliseconds and bytes. */
export interface Handshake {
  readonly sid: string;
  readonly upgrades: readonly string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
}

/** A packet as Engine.IO writes it, or the bytes of a binary one. */
export type Packet = string | Uint8Array;
export type EngineTransport = 'polling' | 'websocket';

/** A session of Engine.IO whose packets the test writes itself. Nothing is sent unasked: no pong, no CONNECT. */
export interface EngineClient extends AsyncDisposable {
  readonly handshake: Handshake;
  /** By polling in one payload. */
  send(...packets: Packet[]): Promise<void>;
  /** The first packet not yet taken that starts so. */
  next(start: string, timeoutMs?: number): Promise<string>;
  all(start: string): string[];
  /** When the server has ended the session. */
  readonly closed: Promise<void>;
}

/** The same by single requests. */
export interface PollingSession {
  readonly handshake: Handshake;
  readonly address: string;
  poll(): Promise<{ readonly status: number; readonly packets: readonly string[] }>;
  /** Polls until a packet came that starts so. Rejects when the session is over. */
  pollFor(start: string): Promise<void>;
  /** Answers the status. */
  post(...packets: Packet[]): Promise<number>;
}

export const separator = '\x1e';

export function engineAddress(url: string, transport: string): string {
  return `${url}/socket.io/?EIO=4&transport=${transport}`;
}

export async function openPolling(url: string): Promise<PollingSession> {
  const opening = engineAddress(url, 'polling');
  const handshake = handshakeOf(await (await fetch(opening)).text());
  const address = `${opening}&sid=${handshake.sid}`;
  const poll = async () => {
    const response = await fetch(address);
    return { status: response.status, packets: (await response.text()).split(separator) };
  };
  return {
    handshake,
    address,
    poll,
    async pollFor(start) {
      for (;;) {
        const { status, packets } = await poll();
        if (status !== 200) throw new Error(`No packet ${start}: ${packets}`);
        if (packets.some((packet) => packet.startsWith(start))) return;
      }
    },
    async post(...packets) {
      return (await fetch(address, { method: 'POST', body: packets.map(encode).join(separator) })).status;
    },
  };
}

export function openEngine(url: string, transport: EngineTransport): Promise<EngineClient> {
  return transport === 'polling' ? openByPolling(url) : openByWebSocket(url);
}

/** The same, connected to the namespace there is. */
export async function openNamespace(
  url: string,
  transport: EngineTransport,
  auth: object,
): Promise<EngineClient> {
  const client = await openEngine(url, transport);
  await client.send(`40${JSON.stringify(auth)}`);
  await client.next('40');
  return client;
}

async function openByPolling(url: string): Promise<EngineClient> {
  const session = await openPolling(url);
  const inbox = createInbox<string>('polling session');
  const closed = (async () => {
    for (let answer = await session.poll(); answer.status === 200; answer = await session.poll()) {
      for (const packet of answer.packets) inbox.push(packet);
    }
    inbox.end('the session is over');
  })();
  return {
    handshake: session.handshake,
    async send(...packets) {
      await session.post(...packets);
    },
    next: (start, timeoutMs) =>
      inbox.next((packet) => packet.startsWith(start), `packet ${start}`, timeoutMs),
    all: (start) => inbox.all((packet) => packet.startsWith(start)),
    closed,
    async [Symbol.asyncDispose]() {
      await session.post('1');
      await closed;
    },
  };
}

async function openByWebSocket(url: string): Promise<EngineClient> {
  const raw = await openRawWebSocket(engineAddress(url, 'websocket'));
  const handshake = handshakeOf((await raw.next(OPCODE.text)).payload.toString());
  const inbox = createInbox<string>('websocket session');
  const closed = (async () => {
    for (;;) inbox.push((await raw.next(OPCODE.text, 60_000)).payload.toString());
  })().catch((error: unknown) => inbox.end(String(error)));
  return {
    handshake,
    async send(...packets) {
      for (const packet of packets)
        raw.send(typeof packet === 'string' ? OPCODE.text : OPCODE.binary, packet);
    },
    next: (start, timeoutMs) =>
      inbox.next((packet) => packet.startsWith(start), `packet ${start}`, timeoutMs),
    all: (start) => inbox.all((packet) => packet.startsWith(start)),
    closed: raw.closed.then(() => closed),
    [Symbol.asyncDispose]: () => raw[Symbol.asyncDispose](),
  };
}

function encode(packet: Packet): string {
  return typeof packet === 'string' ? packet : `b${Buffer.from(packet).toString('base64')}`;
}

function handshakeOf(packet: string): Handshake {
  if (!packet.startsWith('0')) throw new Error(`The server opened with ${packet}.`);
  return JSON.parse(packet.slice(1));
}
