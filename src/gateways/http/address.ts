import { Elysia } from 'elysia';

/**
 * Refuses requests whose address nothing can parse, as barely as Bun refuses other malformed ones: Bun takes every
 * `Host`, also one that is no host (RFC 9112 §3.2).
 */
export function parseableAddress() {
  return new Elysia({ name: 'gateway-address' }).onRequest(({ request }) => {
    return URL.canParse(request.url) ? undefined : new Response(null, { status: 400 });
  });
}

/** Where a client found this server. */
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
