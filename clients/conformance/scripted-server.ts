import type { ServerWebSocket } from 'bun';
import { closeCodes } from '../../src/protocol/wire/close-codes.ts';
import { holds, type Json, Queue } from './scenario.ts';

type Socket = ServerWebSocket<{ isStalled: boolean }>;

/** A WebSocket server that does what the steps of a scenario say. */
export class ScriptedServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Bun.Server<{ isStalled: boolean }>;
  readonly #connections = new Queue<Socket>();
  #socket: Socket | undefined;
  /** Came, and neither waited for nor answered yet. */
  #frames: Json[] = [];
  /** No step waits for a frame: a frame that every server replies to gets its reply. */
  #isIdle = false;
  #wake: (() => void) | undefined;
  #lastId: unknown;
  #ids = 0;

  constructor() {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request, server) =>
        server.upgrade(request, { data: { isStalled: false } })
          ? undefined
          : new Response('upgrade', { status: 426 }),
      websocket: {
        open: (socket) => this.#connections.push(socket),
        message: (socket, text) => {
          if (socket.data.isStalled || (this.#socket && socket !== this.#socket)) return;
          this.#frames.push(normal(JSON.parse(String(text))));
          if (this.#isIdle) this.#answerAll();
          this.#wake?.();
        },
      },
    });
    this.url = `http://127.0.0.1:${this.#server.port}`;
  }

  async accept(greets: boolean): Promise<void> {
    this.#isIdle = false;
    this.#socket = undefined;
    this.#frames = [];
    this.#socket = await this.#connections.take(() => true, 'A connection');
    if (!greets) return;
    const timestamp = new Date().toISOString();
    this.send({
      type: 'connected',
      clientId: 'scripted',
      timestamp,
      protocol: 'tambuli.v1',
      heartbeatMs: 25_000,
    });
  }

  async receive(part: Json): Promise<void> {
    this.#isIdle = false;
    const end = Date.now() + 20_000;
    for (;;) {
      for (let frame = this.#frames.shift(); frame; frame = this.#frames.shift()) {
        if (holds(frame, part)) {
          this.#lastId = frame['id'];
          return;
        }
        if (!this.#answer(frame)) {
          throw new Error(`${JSON.stringify(part)} was due, and this came: ${JSON.stringify(frame)}`);
        }
      }
      if (Date.now() > end) throw new Error(`${JSON.stringify(part)} was not sent.`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 1_000);
      });
    }
  }

  /** From here on no step waits for a frame. */
  idle(): void {
    this.#isIdle = true;
    this.#answerAll();
  }

  send(frame: Json): void {
    const { offset, type, ...rest } = frame;
    const whole =
      offset === undefined
        ? frame
        : {
            type: type ?? 'note',
            data: offset,
            timestamp: new Date().toISOString(),
            id: `p${++this.#ids}`,
            ...rest,
            offset,
          };
    this.#socket?.send(JSON.stringify(whole).replaceAll('"$id"', JSON.stringify(this.#lastId ?? null)));
  }

  /** With the name of the code as its reason, as every server of ours closes. */
  close(code: number): void {
    const [reason] = Object.entries(closeCodes).find(([, each]) => each.code === code) ?? [];
    this.#socket?.close(code, reason);
  }

  cut(): void {
    this.#socket?.terminate();
  }

  stall(): void {
    if (this.#socket) this.#socket.data.isStalled = true;
  }

  #answerAll(): void {
    this.#frames = this.#frames.filter((frame) => !this.#answer(frame));
  }

  #answer({ type, id }: Json): boolean {
    const timestamp = new Date().toISOString();
    if (type === 'ping') this.send({ type: 'pong', id, timestamp });
    else if (type === 'auth')
      this.send({ type: 'authenticated', id, clientId: 'scripted', userId: 'u', role: 'user' });
    else return type === 'pong';
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

/** A frame as the scenarios write it down. */
function normal(frame: Json): Json {
  const { type, channel, since, ...rest } = frame;
  if (type !== 'subscribe' || channel === undefined) return frame;
  return { ...rest, type, channels: [{ channel, ...(since !== undefined && { since }) }] };
}
