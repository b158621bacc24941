import type { ServerWebSocket } from 'bun';

interface Wire {
  readonly upstream: WebSocket;
  readonly waiting: string[];
}

/** A proxy that gives a server a path, as operators do: `/rt/health` there is `/health` here. Sockets pass through it. */
export function startPrefixProxy(
  serverUrl: string,
  prefix: string,
): AsyncDisposable & { readonly url: string } {
  const proxy = Bun.serve<Wire, never>({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    async fetch(request, server) {
      const { pathname, search } = new URL(request.url);
      if (!pathname.startsWith(`${prefix}/`)) return new Response(null, { status: 404 });
      const address = serverUrl + pathname.slice(prefix.length) + search;
      if (request.headers.get('upgrade')) {
        const upstream = new WebSocket(address.replace(/^http/, 'ws'));
        if (server.upgrade(request, { data: { upstream, waiting: [] } })) return undefined;
      }
      const headers = new Headers(request.headers);
      headers.set('x-forwarded-host', request.headers.get('host') ?? '');
      headers.delete('host');
      return fetch(address, { method: request.method, headers, body: request.body, decompress: false });
    },
    websocket: {
      open: (socket) => join(socket),
      message({ data: { upstream, waiting } }, text) {
        if (upstream.readyState === WebSocket.OPEN) upstream.send(String(text));
        else waiting.push(String(text));
      },
      close: ({ data: { upstream } }) => upstream.close(),
    },
  });
  return {
    url: `http://127.0.0.1:${proxy.port}${prefix}`,
    [Symbol.asyncDispose]: () => proxy.stop(true),
  };
}

function join(socket: ServerWebSocket<Wire>): void {
  const { upstream, waiting } = socket.data;
  upstream.onopen = () => {
    for (const text of waiting.splice(0)) upstream.send(text);
  };
  upstream.onmessage = ({ data }) => socket.send(data);
  upstream.onclose = ({ code }) => socket.close(code);
}
