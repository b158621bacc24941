import { Elysia } from 'elysia';
import type { SocketIoClients } from '../../extension/addresses.ts';
import { socketIoPath } from '../callers/socket-io-path.ts';
import type { HostDeps } from '../frames/peer.ts';
import { SocketIoGateway } from './gateway.ts';

/** `/socket.io/`: the same sessions for Socket.IO clients, by polling and by WebSocket, and what domains add for theirs. */
export function socketIoGateway(deps: HostDeps, clients: readonly SocketIoClients[]) {
  const gateway = new SocketIoGateway(deps, clients);
  return new Elysia({ name: 'gateway-socket-io' }).all(
    socketIoPath,
    ({ request, server }) => gateway.handle(request, server),
    { parse: 'none', detail: { summary: 'Socket.IO', tags: ['realtime'], hide: true } },
  );
}
