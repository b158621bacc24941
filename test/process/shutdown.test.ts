import { expect, test } from 'bun:test';
import { seedBarangay } from '../../src/domains/barangay/seed.ts';
import { startOkHttpClient } from '../support/clients/okhttp.ts';
import { connect, type WsClient } from '../support/clients/ws-client.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { lockTable } from '../support/postgres/table-lock.ts';
import { needs } from '../support/processes/components.ts';
import { startServerProcess } from '../support/processes/process.ts';

const testOkHttp = needs('okhttp');
/** The time that the server would wait if it waited at all. */
const longerThanATest = '300000';
const hearing = { hearingId: 123, eventType: 'updated' };

async function createSeededDatabase() {
  const database = await createTestDatabase({ domains: ['barangay'] });
  await using connection = await openTestDatabase(database.url);
  await seedBarangay(connection.db);
  return database;
}

async function open(url: string, user: number): Promise<WsClient> {
  const socketUrl = `${url.replace('http', 'ws')}/ws/realtime?userId=u${user}&role=officer`;
  const client = await connect(socketUrl, { implementation: user % 2 ? 'bun' : 'ws' });
  client.send({ type: 'subscribe', channel: 'hearings' });
  await client.next('subscribed');
  return client;
}

function post(url: string): Promise<Response> {
  return fetch(`${url}/ws/broadcast/hearing`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(hearing),
  });
}

/** Posts one after another until the server is gone; what it answered, by status. */
async function load(url: string, published: number[]): Promise<{ refused: number; other: number[] }> {
  const other: number[] = [];
  for (;;) {
    const response = await post(url).catch(() => undefined);
    if (!response) return { refused: 1, other };
    const body = (await response.json()) as { offset?: number; code?: string };
    if (response.status === 200 && body.offset) published.push(body.offset);
    else if (body.code !== 'shutting_down') other.push(response.status);
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} under load: every client gets 4001, no success is lost, the exit code is 0`, async () => {
    await using database = await createSeededDatabase();
    await using server = startServerProcess({
      DATABASE_URL: database.url,
      DRAIN_TIMEOUT_MS: longerThanATest,
    });
    const url = await server.listening();
    await using stack = new AsyncDisposableStack();
    const clients = await Promise.all(Array.from({ length: 60 }, (_, user) => open(url, user)));
    for (const client of clients) stack.use(client);
    const published: number[] = [];
    const loads = Array.from({ length: 8 }, () => load(url, published));
    for (let n = 0; n < 20; n++) await clients[0]?.next('hearing_update');

    server.kill(signal);
    const codes = await Promise.all(clients.map(({ closed }) => closed));
    expect(codes.map(({ code }) => code)).toEqual(clients.map(() => 4001));
    expect(await server.exited).toBe(0);
    for (const { other } of await Promise.all(loads)) expect(other).toEqual([]);

    await using connection = await openTestDatabase(database.url);
    const rows = await connection.query<{ offset: string }>('select "offset" from realtime_publications');
    const stored = new Set(rows.map(({ offset }) => Number(offset)));
    expect(published.filter((offset) => !stored.has(offset))).toEqual([]);
    for (const client of clients) {
      const offsets = client.all('hearing_update').map(({ offset }) => Number(offset));
      expect(offsets).toEqual(offsets.map((_, index) => (offsets[0] ?? 0) + index));
    }
  });
}

test('a request in flight at SIGTERM is answered before the exit', async () => {
  await using database = await createSeededDatabase();
  await using connection = await openTestDatabase(database.url);
  await using server = startServerProcess({ DATABASE_URL: database.url });
  const url = await server.listening();
  await using lock = await lockTable(connection, 'hearings');
  const inFlight = post(url);
  await lock.contended();
  server.kill('SIGTERM');
  await server.next('"msg":"draining"');
  await expect(post(url)).rejects.toThrow();
  await lock.release();
  expect(await (await inFlight).json()).toMatchObject({ success: true, offset: 1 });
  expect(await server.exited).toBe(0);
});

test('a request that does not end, and a peer that never answers, hold the exit up no longer than the limit', async () => {
  await using database = await createSeededDatabase();
  await using connection = await openTestDatabase(database.url);
  const limits = { DRAIN_TIMEOUT_MS: '300', QUERY_TIMEOUT_MS: longerThanATest, CONNECT_TIMEOUT_MS: '500' };
  await using server = startServerProcess({ DATABASE_URL: database.url, ...limits });
  const url = await server.listening();
  const silent = await connect(`${url.replace('http', 'ws')}/ws/realtime?userId=a`, { implementation: 'ws' });
  await silent.next('authenticated');
  silent.pause();
  await using lock = await lockTable(connection, 'hearings');
  const stuck = post(url).then(
    ({ status }) => status,
    () => 'cut',
  );
  await lock.contended();
  server.kill('SIGTERM');
  expect(await server.exited).toBe(0);
  expect(await stuck).toBe('cut');
  silent.terminate();
});

test('a second SIGTERM changes nothing', async () => {
  await using database = await createSeededDatabase();
  await using server = startServerProcess({ DATABASE_URL: database.url });
  const client = await open(await server.listening(), 1);
  server.kill('SIGTERM');
  server.kill('SIGTERM');
  expect((await client.closed).code).toBe(4001);
  expect(await server.exited).toBe(0);
});

testOkHttp('at SIGTERM the Android client is closed with 4001', async () => {
  await using database = await createSeededDatabase();
  await using server = startServerProcess({ DATABASE_URL: database.url });
  const url = `${await server.listening()}/ws/realtime`;
  await using phone = await startOkHttpClient({ url, userId: 'user123', role: 'officer' });
  for (let n = 0; n < 4; n++) await phone.next('subscribed');
  server.kill('SIGTERM');
  expect(await phone.next('closing')).toMatchObject({ code: 4001, reason: 'shutdown' });
  expect(await server.exited).toBe(0);
});
