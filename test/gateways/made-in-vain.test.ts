import { expect, test } from 'bun:test';
import type { ServerWebSocket } from 'bun';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import type { HostDeps } from '../../src/gateways/frames/peer.ts';
import { SocketIoGateway } from '../../src/gateways/socket-io/gateway.ts';
import { FeedGateway } from '../../src/gateways/sse/feed-gateway.ts';
import { SseGateway } from '../../src/gateways/sse/gateway.ts';
import { openConnection } from '../../src/gateways/websocket/connection.ts';
import { WebSocketGateway } from '../../src/gateways/websocket/gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { createEngine, limits, someone } from '../support/services/engine.ts';

/** Throws as soon as a connection is greeted. */
const faulty = {
  get mode(): never {
    throw new Error('A fault of ours.');
  },
} as unknown as Authenticator;

function createDeps() {
  const { manager, clock } = createEngine();
  const logger = createLogger('silent');
  const deps: HostDeps = {
    ...{ manager, clock, logger, limits },
    ...{
      authenticator: faulty,
      origins: { listed: [], local: false, checkHost: false },
      frames: new Map(),
    },
  };
  return { manager, clock, deps };
}

/** A socket of Bun whose `close` tells whatever stands in its `data`, in that very turn, as Bun does. */
function createSocket() {
  const closed: number[] = [];
  const ws = {
    data: { close: () => undefined } as { close(ws: unknown, code: number): void },
    send: () => 1,
    getBufferedAmount: () => 0,
    close(code: number) {
      closed.push(code);
      ws.data.close(ws, code);
    },
  };
  return { closed, ws: ws as unknown as ServerWebSocket<unknown> };
}

test('a fault in making a socket closes it, and its session', () => {
  const { manager, deps } = createDeps();
  const { ws, closed } = createSocket();
  const gateway = new WebSocketGateway(deps, { path: '/ws', encode: ({ text }) => text });
  openConnection(gateway, ws, new Request('http://localhost/ws'));
  expect(closed).toEqual([4010]);
  expect(manager.sessions.size).toBe(0);
});

test('a fault before there is a session closes the socket too', () => {
  const { manager, deps } = createDeps();
  const { ws, closed } = createSocket();
  const gateway = new WebSocketGateway(deps, { path: '/ws', encode: ({ text }) => text });
  openConnection(gateway, ws, { url: 'nonsense', headers: new Headers() } as Request);
  expect(closed).toEqual([4010]);
  expect(manager.sessions.size).toBe(0);
});

test('a fault in making a Socket.IO connection closes it, and its session', async () => {
  const { manager, deps, clock } = createDeps();
  const gateway = new SocketIoGateway(deps, []);
  const opening = new Request('http://localhost/socket.io/?EIO=4&transport=polling');
  await gateway.handle(opening, null);
  // A connection that waits for a poll that never comes is forgotten.
  clock.advance(5_000);
  expect(manager.sessions.size).toBe(0);
});

test('a fault of a feed ends its stream before it begins, and its session', async () => {
  const { manager, deps } = createDeps();
  const feeds = new FeedGateway(new SseGateway(deps));
  const circular: { self?: object } = {};
  circular.self = circular;
  const event = { type: 'initial', data: circular, timestamp: '' } as const;
  const position = await deps.manager.publish({ channel: 'open', type: 'note', data: 1 });
  const { epoch, offset } = position.publication;
  const call = { request: new Request('http://localhost/'), principal: someone, server: null };
  const opening = feeds.open(call, {
    channel: 'open',
    key: 'all',
    create: () => ({
      begin: async () => ({ event, position: { epoch, offset } }),
      present: () => undefined,
    }),
  });
  await expect(opening).rejects.toThrow();
  expect(manager.sessions.size).toBe(0);
  expect(manager.channels.get('open')?.holders).toBe(0);
});
