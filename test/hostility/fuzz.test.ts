import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { connect } from '../support/clients/ws-client.ts';
import { faultsIn } from '../support/log-lines.ts';
import { type ServerProcess, startServerProcess } from '../support/processes/process.ts';
import { runSeed } from '../support/random.ts';
import { createSeededDatabase } from '../support/services/gateway-service.ts';
import { jwtMode, makeToken, serviceKey } from '../support/services/service.ts';
import { until } from '../support/until.ts';
import { httpEntries } from './entries/http-entries.ts';
import { socketIoEntries } from './entries/socket-io-entries.ts';
import { websocketEntries } from './entries/websocket-entries.ts';
import { runFuzz } from './fuzz.ts';

const seed = runSeed();
const count = 100_000;
/** Caches, compiled code and tails of the channels are full after these. */
const warmUp = 20_000;
/** Connections that `fetch` keeps for its next requests, and that the pool of the database has opened meanwhile. */
const keptAlive = 120;
const mostGrowthBytes = 8 * 1024 * 1024;

/** Nobody is to be stopped by a limit before reaching what lies behind it. */
const unlimited = Object.fromEntries(
  [
    'LIMIT_SOCKETS_PER_USER',
    'LIMIT_STREAMS_PER_USER',
    'LIMIT_REQUESTS_PER_MINUTE',
    'LIMIT_FRAMES_PER_MINUTE',
    'LIMIT_ERRORS_PER_MINUTE',
  ].map((name) => [name, '1000000']),
);

/** In development Elysia responds to some bodies by a 500: it throws while it puts the values into its own message. */
const asShipped = { NODE_ENV: 'production', DOMAINS: 'barangay', LOG_LEVEL: 'info' };

const ofService = { 'x-api-key': serviceKey };

async function broadcast(url: string, kind: string, body: object): Promise<number> {
  const headers = { ...ofService, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${url}/ws/broadcast/${kind}`, init);
  expect(response.status).toBe(200);
  return ((await response.json()) as { offset: number }).offset;
}

async function heapBytes(server: ServerProcess): Promise<number> {
  server.kill('SIGUSR2');
  return (JSON.parse(await server.next('"heapBytes"')) as { heapBytes: number }).heapBytes;
}

test(`${count} frames and requests made of wrong things harm nobody and learn nothing`, async () => {
  await using database = await createSeededDatabase();
  await using server = startServerProcess(
    { ...asShipped, DATABASE_URL: database.url, ...jwtMode, ...unlimited },
    { preload: join(import.meta.dir, 'heap-reporter.ts') },
  );
  const url = await server.listening();
  const socketUrl = `${url.replace('http', 'ws')}/ws/realtime`;
  const measure = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`, { headers: ofService })).text();
    return Number(new RegExp(`^tambuli_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };

  const tokenOf = (user: string, role: string) => makeToken({ user, role });
  await using reader = await connect(`${socketUrl}?token=${await tokenOf('captain1', 'captain')}`);
  reader.send({ type: 'subscribe', channel: 'hearings' });
  const position = String((await reader.next('subscribed'))['position']);
  await using victim = await connect(`${socketUrl}?token=${await tokenOf('resident7', 'user')}`);
  victim.send({ type: 'subscribe', channel: 'notifications' });
  await victim.next('subscribed');
  const filesAtRest = await measure('process_open_fds');

  const tokens = [await tokenOf('user123', 'officer'), await tokenOf('stranger', 'user')];
  const bearers = tokens.map((token) => ({ authorization: `Bearer ${token}` }));
  const identities = [...bearers, ofService, {}, { authorization: 'Bearer x' }];
  const entries = [
    ...websocketEntries(socketUrl, { tokens, position }),
    ...socketIoEntries(url, { tokens, position }),
    ...httpEntries({ url, identities, position }),
  ];
  const secret = `for-the-victim-alone-${seed}`;
  const round = async (from: number, size: number) => {
    await broadcast(url, 'notification', {
      userId: 'resident7',
      notification: { title: secret, message: 'm' },
    });
    await runFuzz({ entries, seed: seed + from, count: size, secrets: [secret] });
  };

  await round(0, warmUp);
  const heapBefore = await heapBytes(server);
  for (let from = warmUp; from < count; from += warmUp) await round(from, warmUp);

  const last = await broadcast(url, 'hearing', { hearingId: 123, eventType: 'updated' });
  const offsets = () =>
    reader.all().flatMap(({ channel, offset }) => (channel === 'hearings' && offset) || []);
  await until(() => offsets().length >= last);
  expect(offsets()).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  const notified = victim.all('notification').filter(({ data }) => JSON.stringify(data).includes(secret));
  expect(notified).toHaveLength(count / warmUp);

  await until(async () => (await measure('connections')) === 2);
  expect(await measure('subscriptions')).toBe(2);
  expect((await measure('process_open_fds')) - filesAtRest).toBeLessThan(keptAlive);
  expect((await heapBytes(server)) - heapBefore).toBeLessThan(mostGrowthBytes);
  expect(faultsIn(server.output())).toEqual([]);
}, 180_000);
