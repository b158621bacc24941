import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createInbox } from './inbox.ts';

export interface RawFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Buffer;
}

export interface RawFrameOptions {
  readonly fin?: boolean;
  /** RFC 6455 obliges clients to mask. */
  readonly mask?: boolean;
  /** The three reserved bits, 0–7; 4 is RSV1. */
  readonly reserved?: number;
  /** The length the header claims, in bytes; default: the payload's own. */
  readonly claimedLength?: number;
}

export interface RawWebSocket extends AsyncDisposable {
  /** The status of the handshake's response: 101 when the socket is open. */
  readonly status: number;
  /** Lower-case names. */
  readonly responseHeaders: ReadonlyMap<string, string>;
  /** Once TCP is over. `code` is that of the server's close frame; 1006 without one. */
  readonly closed: Promise<{ readonly code: number }>;
  /** Any bytes at all. */
  write(bytes: Uint8Array): void;
  /** One frame. Nothing is ever sent that the test did not ask for: no pong, no answer to a close. */
  send(opcode: number, payload?: string | Uint8Array, options?: RawFrameOptions): void;
  /** The first frame not yet taken, with this opcode if one is given. */
  next(opcode?: number, timeoutMs?: number): Promise<RawFrame>;
  all(opcode?: number): RawFrame[];
  /** Stops reading from the kernel: a slow reader. */
  pause(): void;
  resume(): void;
  /** Says over TCP that nothing more will come, once everything is sent. */
  end(): void;
  /** Ends TCP without a close frame. */
  destroy(): void;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A hand-made WebSocket for what no well-behaved client does. Resolves with the handshake's answer, whatever it is. */
export async function openRawWebSocket(
  url: string,
  headers: Record<string, string> = {},
): Promise<RawWebSocket> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const inbox = createInbox<RawFrame>('raw websocket');
  const handshake = Promise.withResolvers<string>();
  const closed = Promise.withResolvers<{ code: number }>();
  const socket = connect({ host: hostname, port: Number(port) });
  let buffered = Buffer.alloc(0);
  let head: string | undefined;
  let code = 1006;

  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    if (head === undefined) {
      const end = buffered.indexOf('\r\n\r\n');
      if (end < 0) return;
      head = buffered.subarray(0, end).toString();
      buffered = buffered.subarray(end + 4);
      handshake.resolve(head);
    }
    for (let parsed = parseFrame(buffered); parsed; parsed = parseFrame(buffered)) {
      buffered = buffered.subarray(parsed.size);
      const { opcode, payload } = parsed.frame;
      if (opcode === OPCODE.close) code = payload.length >= 2 ? payload.readUInt16BE() : 1005;
      inbox.push(parsed.frame);
    }
  });
  socket.on('error', (error) => handshake.reject(error));
  socket.on('close', () => {
    handshake.reject(new Error(`${url} closed before it answered the handshake`));
    inbox.end(`TCP over, code ${code}`);
    closed.resolve({ code });
  });

  const request: Record<string, string> = {
    Host: host,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  };
  const lines = Object.entries(request).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const { status, responseHeaders } = parseHead(await handshake.promise);

  const withOpcode = (opcode: number | undefined) => (frame: RawFrame) =>
    opcode === undefined || frame.opcode === opcode;
  const write = (bytes: Uint8Array) => {
    socket.write(bytes);
  };
  return {
    status,
    responseHeaders,
    closed: closed.promise,
    write,
    send: (opcode, payload = '', options) => write(encodeFrame(opcode, payload, options)),
    next: (opcode, timeoutMs) =>
      inbox.next(withOpcode(opcode), `frame with opcode ${opcode ?? 'any'}`, timeoutMs),
    all: (opcode) => inbox.all(withOpcode(opcode)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed.promise;
    },
  };
}

export function encodeFrame(
  opcode: number,
  payload: string | Uint8Array,
  { fin = true, mask = true, reserved = 0, claimedLength }: RawFrameOptions = {},
): Buffer {
  const body = Buffer.from(payload);
  const length = claimedLength ?? body.length;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const masked = mask ? 0x80 : 0;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = masked | (header.length === 2 ? length : header.length === 4 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  if (!mask) return Buffer.concat([header, body]);
  const key = randomBytes(4);
  return Buffer.concat([header, key, body.map((byte, index) => byte ^ (key[index % 4] ?? 0))]);
}

function parseFrame(bytes: Buffer): { frame: RawFrame; size: number } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const headerSize = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < headerSize) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = headerSize + length;
  if (bytes.length < size) return undefined;
  const frame = {
    opcode: first & 0x0f,
    fin: (first & 0x80) !== 0,
    payload: bytes.subarray(headerSize, size),
  };
  return { frame, size };
}

function parseHead(head: string): { status: number; responseHeaders: Map<string, string> } {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const responseHeaders = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    responseHeaders.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(' ')[1]), responseHeaders };
}
