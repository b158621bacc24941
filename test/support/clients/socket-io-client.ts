import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { createInbox } from './inbox.ts';

export interface SocketIoEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

type Json = Readonly<Record<string, unknown>>;

export interface SocketIoClient extends AsyncDisposable {
  /** The stock client itself. */
  readonly socket: Socket;
  /** The first argument of the first event of this name nobody took yet; `disconnect` and `connect` count as events. */
  next(name: string, timeoutMs?: number): Promise<Json>;
  /** The same with all arguments, for any event that matches. */
  nextEvent(matches: (event: SocketIoEvent) => boolean, timeoutMs?: number): Promise<SocketIoEvent>;
  /** First arguments of all events of this name so far. */
  all(name: string): Json[];
  /** Resolves with the content of the acknowledgement. */
  ask(event: string, ...args: unknown[]): Promise<Json>;
}

/** The time for which everything else is waited too. */
const patienceMs = 20_000;

export type Options = Partial<ManagerOptions & SocketOptions>;

/** The refusal of the server; `data` is the error frame. */
export class ConnectError extends Error {
  readonly data: Json | undefined;

  constructor({ message, data }: { message: string; data?: Json }) {
    super(message);
    this.data = data;
  }
}

/**
 * The stock client, connected. It comes back by itself. `listen` hears every event from the first on. Rejects with
 * `ConnectError`.
 */
export async function openSocketIo(
  url: string,
  options: Options = {},
  listen: (event: SocketIoEvent) => void = () => undefined,
): Promise<SocketIoClient> {
  const inbox = createInbox<SocketIoEvent>('socket.io client');
  const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100, ...options });
  socket.onAny((name: string, ...args: unknown[]) => {
    inbox.push({ name, args });
    listen({ name, args });
  });
  const { promise: connected, resolve, reject } = Promise.withResolvers<void>();
  socket.on('disconnect', (why) => {
    inbox.push({ name: 'disconnect', args: [why] });
    // A transport that is lost before the namespace has answered is no `connect_error`.
    if (!socket.io.reconnection()) reject(new ConnectError({ message: why }));
  });
  socket.on('connect', () => {
    inbox.push({ name: 'connect', args: [{ recovered: socket.recovered }] });
    resolve();
  });
  // Without `active` the client has given up; otherwise it tries again, if it may.
  socket.on('connect_error', (error) => {
    if (!socket.active || !socket.io.reconnection()) reject(new ConnectError(error));
  });
  await connected.catch((error: unknown) => {
    socket.disconnect();
    throw error;
  });
  const nextEvent = (matches: (event: SocketIoEvent) => boolean, timeoutMs?: number) =>
    inbox.next(matches, `event ${matches}`, timeoutMs);

  return {
    socket,
    nextEvent,
    next: async (name, timeoutMs) => {
      const { args } = await inbox.next((event) => event.name === name, `event ${name}`, timeoutMs);
      return args[0] as Json;
    },
    all: (name) => inbox.all((event) => event.name === name).map(({ args }) => args[0] as Json),
    ask: (event, ...args) => socket.timeout(patienceMs).emitWithAck(event, ...args),
    async [Symbol.asyncDispose]() {
      const { engine } = socket.io;
      const closed = new Promise<void>((resolve) => engine.once('close', () => resolve()));
      socket.disconnect();
      // A polling client says that it goes by a request, which a server that is about to stop would refuse.
      if (engine.readyState !== 'closed') await closed;
    },
  };
}
