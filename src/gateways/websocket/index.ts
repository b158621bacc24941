import { Elysia } from 'elysia';
import type { SocketAddress } from '../../extension/addresses.ts';
import type { HostDeps } from '../frames/peer.ts';
import { refuseLostUpgrade } from '../http/lost-upgrade.ts';
import { WebSocketGateway } from './gateway.ts';
import { chooseSubprotocol } from './subprotocol.ts';

/** `/ws/realtime`, the native protocol of `protocol/`, and the addresses of domains. */
export function websocketGateway(deps: HostDeps, addresses: readonly SocketAddress[]) {
  const plugin = new Elysia({ name: 'gateway-websocket' }).onRequest(({ request: { headers } }) => {
    const asked = headers.get('upgrade');
    // Elysia finds the route only by this very spelling; RFC 6455 §4.2.1 allows every case.
    if (asked !== null && asked !== spelling && asked.toLowerCase() === spelling)
      headers.set('upgrade', spelling);
  });
  for (const address of [native, ...addresses]) plugin.use(socketRoute(deps, address));
  return plugin;
}

const spelling = 'websocket';

/** Bun gives it to nobody: the request became a socket. */
const switched = new Response(null, { status: 101 });
const noHeaders = Object.freeze({});

const native: SocketAddress = {
  path: '/ws/realtime',
  summary: 'The native protocol',
  encode: ({ text }) => text,
};

function socketRoute(deps: HostDeps, address: SocketAddress) {
  const gateway = new WebSocketGateway(deps, address);
  return (
    new Elysia({ name: `gateway-websocket ${address.path}` })
      .onStart(({ server }) => {
        if (server) gateway.attach(server);
      })
      .get(address.path, ({ set }) => refuseLostUpgrade(set.headers), {
        detail: { summary: 'Realtime socket', tags: ['realtime'], hide: true },
      })
      // Not by `.ws`, whose sockets each keep Elysia's context and bind fourteen functions to it.
      .route(
        'WS',
        address.path,
        ({ request, set }) => {
          // Bun echoes the first protocol offered, which may be the one that carries a token.
          const chosen = chooseSubprotocol(request);
          if (chosen !== undefined) set.headers['sec-websocket-protocol'] = chosen;
          // The key of the handshake is missing or wrong.
          if (!gateway.upgrade(request, set.headers as Record<string, string>))
            return new Response(null, { status: 400 });
          // Elysia would make a response with the headers, which nobody gets.
          set.headers = noHeaders;
          return switched;
        },
        { parse: 'none', detail: { summary: 'Realtime socket', tags: ['realtime'], hide: true } },
      )
  );
}

/** Root options of Bun's WebSocket server; Elysia ignores them on routes and plugins without a word. */
export function websocketOptions(limits: HostDeps['limits']) {
  return {
    maxPayloadLength: limits.frameBytes,
    // A slow reader is disconnected with 4003 at the send buffer; this is the wall behind it, where Bun itself cuts.
    backpressureLimit: 2 * limits.sendBufferBytes + limits.publicationBytes,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    // Our own sweep pings and finds dead peers: Bun's timer is reset by every send, so traffic would hide them.
    idleTimeout: 0,
    sendPings: false,
  };
}
