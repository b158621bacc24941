import type { ServerWebSocket } from 'bun';
import { Elysia } from 'elysia';
import { subprotocol } from '../../protocol/server-frames.ts';
import { Connection } from './connection.ts';
import { WebSocketGateway, type WebSocketGatewayDeps } from './gateway.ts';

/** `/ws/realtime`: the native protocol of `protocol/`. */
export function websocketGateway(deps: WebSocketGatewayDeps) {
  const gateway = new WebSocketGateway(deps);
  return new Elysia({ name: 'gateway-websocket' })
    .onStart(({ server }) => {
      if (server) gateway.attach(server);
    })
    .ws('/ws/realtime', {
      detail: { summary: 'Realtime socket', tags: ['realtime'], hide: true },
      upgrade({ request, set }) {
        // Bun echoes the first protocol offered, which may be the one that carries a token.
        if (request.headers.has('sec-websocket-protocol')) {
          set.headers['sec-websocket-protocol'] = subprotocol;
        }
      },
      open({ raw, data: { request } }) {
        const socket = raw as ServerWebSocket<unknown>;
        // In place of Elysia's context: from now on Bun's events reach the connection itself, with the raw frames.
        socket.data = new Connection(gateway, socket, request);
      },
    });
}

/** Root options of Bun's WebSocket server; Elysia ignores them on routes and plugins without a word. */
export function websocketOptions(limits: WebSocketGatewayDeps['limits']) {
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
