import { Elysia } from 'elysia';

/**
 * Refuses requests whose address nothing can parse, as barely as Bun refuses other malformed ones: Bun takes every
 * `Host`, also one that is no host (RFC 9112 §3.2). A request without one, which HTTP/1.0 allows and the health checks of
 * some proxies send, goes to `handle` under the name of this machine.
 */
export function parseableAddress(handle: (request: Request) => Promise<Response>) {
  const handleUnparseable = (request: Request) => {
    if (request.headers.get('host') || !request.url.startsWith('/'))
      return new Response(null, { status: 400 });
    const named = new Request(`http://localhost${request.url}`, request);
    named.headers.delete('host');
    return handle(named);
  };
  return new Elysia({ name: 'gateway-address' }).onRequest(({ request }) => {
    let response: Response | Promise<Response> | undefined;
    if (!URL.canParse(request.url)) response = handleUnparseable(request);
    // Elysia awaits a hook whose text returns a call, for every request.
    return response;
  });
}

/** The address at which a client found this server. */
export interface AskedAt {
  /** `host` or `host:port`. */
  readonly host: string;
  readonly secure: boolean;
}

export function askedAt({ url, headers }: Request): AskedAt {
  const { host, protocol } = new URL(url);
  // Behind a proxy that ends TLS, only its header tells how it was called.
  return { host, secure: (headers.get('x-forwarded-proto') ?? protocol).startsWith('https') };
}
