export interface EchoServer extends AsyncDisposable {
  readonly url: string;
  /** The messages of clients, text only, in order. */
  readonly received: string[];
  /** The upgrade request's headers of the latest connection. */
  headers(): Headers;
  /** Once a flooded reader took no more. */
  blocked(): Promise<void>;
}

/**
 * The server that proves the clients themselves. Greets with `connected`, gives every message back, and obeys
 * `close <code>`, `ping`, `flood` (sends until the reader's buffer is full). `/refuse` responds with 401.
 */
export function startEchoServer(): EchoServer {
  const received: string[] = [];
  const blocked = Promise.withResolvers<void>();
  let headers = new Headers();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request, bun) {
      headers = request.headers;
      if (request.url.endsWith('/refuse')) return new Response('no', { status: 401 });
      return bun.upgrade(request) ? undefined : new Response('upgrade', { status: 426 });
    },
    websocket: {
      open(socket) {
        socket.send('{"type":"connected"}');
      },
      message(socket, message) {
        if (typeof message === 'string') received.push(message);
        const [command, argument] = String(message).split(' ');
        if (command === 'close') socket.close(Number(argument), 'as asked');
        else if (command === 'ping') socket.ping();
        else if (command === 'flood') flood(socket);
        else socket.send(message);
      },
      ping(socket) {
        socket.send('{"type":"pinged"}');
      },
      pong(socket) {
        socket.send('{"type":"ponged"}');
      },
    },
  });

  function flood(socket: Bun.ServerWebSocket): void {
    const timer = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN && socket.send(FLOOD) > 0) return;
      clearInterval(timer);
      blocked.resolve();
    });
  }

  return {
    url: `ws://127.0.0.1:${server.port}/`,
    received,
    headers: () => headers,
    blocked: () => blocked.promise,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const FLOOD = JSON.stringify({ type: 'flood', data: 'x'.repeat(100_000) });
