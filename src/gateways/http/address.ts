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
