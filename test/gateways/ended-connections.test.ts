import { test } from 'bun:test';
import type { Socket } from 'bun';
import type { Env } from '../../src/config/config.ts';
import { requestBytes } from '../support/clients/raw-http.ts';
import { connect } from '../support/clients/ws-client.ts';
import { establishedAt } from '../support/network/established.ts';
import { engineAddress } from '../support/services/engine-client.ts';
import { type GatewayService, startGatewayService } from '../support/services/gateway-service.ts';
import { makeToken, serviceKey } from '../support/services/service.ts';
import { until } from '../support/until.ts';

const stream = '/api/realtime/stream?channels=hearings';
const poll = '/api/realtime/channels/hearings/publications?wait=20';
/** A stream beats every three seconds here, and may be silent for twelve; Bun looks for such connections every four. */
const streamLifetimeMs = 30_000;
const patienceMs = 30_000;

/** Asks, and never reads. */
async function openUnread({ url }: GatewayService, path: string, token: string): Promise<Socket<undefined>> {
  const { hostname, port } = new URL(url);
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data: () => undefined } });
  socket.pause();
  socket.write(requestBytes('GET', path, [`Authorization: Bearer ${token}`]));
  return socket;
}

/** Connections beside those of the test's own requests. */
async function start(env: Env = {}): Promise<{ service: GatewayService; held: () => number }> {
  const service = await startGatewayService({
    ...{ LIMIT_SEND_BUFFER_BYTES: '65536', LIMIT_PUBLICATION_BYTES: '32768', LIMIT_STREAMS_PER_USER: '3' },
    ...{ STREAM_LIFETIME_MS: String(streamLifetimeMs), ...env },
  });
  await service.database.query("update hearings set notes = repeat('x', 30000)");
  return { service, held: () => establishedAt(service.url) };
}

test('a stream that is too slow gives up its connection, so that its user holds no more than are allowed', async () => {
  const { service, held } = await start();
  await using _service = service;
  const token = await makeToken();
  const openThree = () => Promise.all([1, 2, 3].map(() => openUnread(service, stream, token)));
  const unread = await openThree();
  await until(async () => (await service.connected()) === 3);
  while ((await service.connected()) > 0) await service.publishHearing();
  // One or two are the test's own, kept alive.
  await until(() => held() <= 2, patienceMs);
  const again = await openThree();
  await until(async () => (await service.connected()) === 3);
  for (const socket of [...unread, ...again]) socket.terminate();
}, 60_000);

test('streams, polls and sockets that an operator ends give up their connections, though nobody reads', async () => {
  const { service, held } = await start();
  await using _service = service;
  const token = await makeToken({ issuedIn: -60 });
  const unread = await Promise.all([stream, poll].map((path) => openUnread(service, path, token)));
  const headers = { authorization: `Bearer ${token}` };
  const sockets = [
    await connect(service.socketUrl, { implementation: 'ws', headers }),
    await connect(engineAddress(service.url.replace('http', 'ws'), 'websocket'), {
      implementation: 'ws',
      headers,
    }),
  ];
  sockets[1]?.send('40');
  await until(async () => (await service.connected()) === 4);
  for (const socket of sockets) socket.pause();
  // A session is counted before it is identified, and the order ends those of the user that are identified.
  await until(async () => {
    await service.post('/api/realtime/users/user123/disconnect', '', { 'x-api-key': serviceKey });
    return (await service.connected()) === 0;
  });
  // An answered poll has as long as any answer before its connection is closed.
  await until(() => held() <= 3, patienceMs);
  for (const socket of [...unread, ...sockets]) socket.terminate();
}, 60_000);

test('a connection of Socket.IO that never says who it is keeps neither its session nor its socket', async () => {
  const { service, held } = await start({ AUTH_TIMEOUT_MS: '1000' });
  await using _service = service;
  const client = await connect(engineAddress(service.url.replace('http', 'ws'), 'websocket'), {
    implementation: 'ws',
  });
  client.pause();
  await until(async () => (await service.connected()) === 1);
  await until(async () => (await service.connected()) === 0);
  await until(() => held() <= 2, patienceMs);
  client.terminate();
}, 60_000);
