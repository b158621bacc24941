import { expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Env } from '../../src/config/config.ts';
import { seedBarangay } from '../../src/domains/barangay/seed.ts';
import { type Closing, connect, type WsClient } from '../support/clients/ws-client.ts';
import { freePort } from '../support/network/free-port.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { type ServerProcess, startServerProcess } from '../support/processes/process.ts';
import { isAlive, signal } from '../support/processes/signal.ts';
import { until } from '../support/until.ts';

const entry = join(import.meta.dir, '../../src/commands/main.ts');

/** On a port below those that the kernel gives to others: its processes listen a while after it was found free. */
async function startCluster(env: Env, ...args: string[]): Promise<ServerProcess> {
  const PORT = String(await freePort());
  return startServerProcess({ PORT, ...env }, { command: [entry, 'cluster', ...args] });
}

async function createSeededDatabase() {
  const database = await createTestDatabase({ domains: ['barangay'] });
  await using connection = await openTestDatabase(database.url);
  await seedBarangay(connection.db);
  return database;
}

async function open(url: string, user: number): Promise<WsClient> {
  const client = await connect(`${url.replace('http', 'ws')}/ws/realtime?userId=u${user}&role=officer`);
  client.send({ type: 'subscribe', channel: 'hearings' });
  await client.next('subscribed');
  return client;
}

async function publish(url: string): Promise<number> {
  const response = await fetch(`${url}/ws/broadcast/hearing`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ hearingId: 123, eventType: 'updated' }),
    keepalive: false,
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { offset: number }).offset;
}

/** Process ids by worker number, the newest of each. */
function pidsOf(cluster: ServerProcess): Map<number, number> {
  const lines = cluster.output().split('\n');
  const started = lines.filter((line) => line.includes('"msg":"worker started"'));
  return new Map(started.map((line) => JSON.parse(line)).map(({ worker, pid }) => [worker, pid]));
}

test('three processes on one port: whoever takes a publication, subscribers of all have it, in order', async () => {
  await using database = await createSeededDatabase();
  await using cluster = await startCluster({ DATABASE_URL: database.url }, '--processes', '3');
  const [url = ''] = await cluster.urls();
  await using stack = new AsyncDisposableStack();
  const clients: WsClient[] = [];
  // The kernel chooses by the client's port: with so many, no process is left out.
  for (let user = 0; user < 40; user++) clients.push(stack.use(await open(url, user)));
  const offsets: number[] = [];
  for (let n = 0; n < 12; n++) offsets.push(await publish(url));
  expect(offsets).toEqual(offsets.map((_, index) => index + 1));
  for (const client of clients) {
    for (const offset of offsets) expect((await client.next('hearing_update'))['offset']).toBe(offset);
  }
  cluster.kill('SIGTERM');
  expect((await Promise.all(clients.map(({ closed }) => closed))).map(({ code }) => code)).toEqual(
    clients.map(() => 4001),
  );
  expect(await cluster.exited).toBe(0);
  const sockets = cluster
    .output()
    .split('\n')
    .filter((line) => line.includes('"msg":"socket closed"'));
  expect(new Set(sockets.map((line) => JSON.parse(line).worker))).toEqual(new Set([1, 2, 3]));
});

test('a killed process is replaced, and the sockets of the others never notice', async () => {
  await using database = await createSeededDatabase();
  await using cluster = await startCluster({ DATABASE_URL: database.url }, '--processes', '2');
  const [url = ''] = await cluster.urls();
  await using stack = new AsyncDisposableStack();
  const clients: WsClient[] = [];
  const lost = new Map<WsClient, Closing>();
  for (let user = 0; user < 30; user++) {
    const client = stack.use(await open(url, user));
    clients.push(client);
    void client.closed.then((closing) => lost.set(client, closing));
  }
  const before = pidsOf(cluster);
  signal(before.get(1) ?? 0, 'SIGKILL');
  await cluster.next('another one follows');
  await until(() => (cluster.output().match(/"msg":"worker listens"/g) ?? []).length === 3);
  const after = pidsOf(cluster);
  expect(after.get(1)).not.toBe(before.get(1));
  expect(after.get(2)).toBe(before.get(2));
  await publish(url);
  const kept = clients.filter((client) => !lost.has(client));
  expect(kept.length).toBeGreaterThan(0);
  expect(lost.size).toBeGreaterThan(0);
  for (const { code } of lost.values()) expect(code).toBe(1006);
  for (const client of kept) await client.next('hearing_update');
  cluster.kill('SIGTERM');
  expect(await cluster.exited).toBe(0);
});

test('without restarts a process that ended stays away and the exit code tells', async () => {
  await using database = await createSeededDatabase();
  await using cluster = await startCluster(
    { DATABASE_URL: database.url },
    '--processes',
    '2',
    '--no-restart',
  );
  const [url = ''] = await cluster.urls();
  signal(pidsOf(cluster).get(1) ?? 0, 'SIGKILL');
  expect(JSON.parse(await cluster.next('"msg":"worker ended; no other one follows"'))).toMatchObject({
    worker: 1,
    code: 137,
  });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  cluster.kill('SIGINT');
  expect(await cluster.exited).toBe(137);
  expect(pidsOf(cluster).size).toBe(2);
});

test('a taken port fails loudly, also when another cluster would share it', async () => {
  await using database = await createSeededDatabase();
  await using first = await startCluster({ DATABASE_URL: database.url }, '--processes', '2');
  const [url = ''] = await first.urls();
  const PORT = new URL(url).port;
  await using second = await startCluster({ DATABASE_URL: database.url, PORT }, '--processes', '2');
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain('EADDRINUSE');
  await using third = await startCluster({ DATABASE_URL: database.url }, '--ports', PORT);
  expect(await third.exited).toBe(1);
  expect(third.output()).toContain('could not start');
  for (let n = 0; n < 5; n++) expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('with a port for each, what one takes comes out of all', async () => {
  await using database = await createSeededDatabase();
  const ports = [await freePort(), await freePort(), await freePort()];
  await using cluster = await startCluster({ DATABASE_URL: database.url }, '--ports', ports.join());
  const urls = await cluster.urls();
  expect(urls).toEqual(ports.map((port) => `http://127.0.0.1:${port}`));
  await using stack = new AsyncDisposableStack();
  const clients = await Promise.all(urls.map((url, user) => open(url, user)));
  for (const client of clients) stack.use(client);
  for (const url of urls) await publish(url);
  for (const client of clients) {
    for (const offset of [1, 2, 3]) expect((await client.next('hearing_update'))['offset']).toBe(offset);
  }
  cluster.kill('SIGTERM');
  expect(await cluster.exited).toBe(0);
});

test('a killed parent leaves no process behind', async () => {
  await using database = await createSeededDatabase();
  const cluster = await startCluster({ DATABASE_URL: database.url }, '--processes', '2');
  await cluster.urls();
  const pids = [...pidsOf(cluster).values()];
  expect(pids.filter(isAlive)).toEqual(pids);
  await cluster[Symbol.asyncDispose]();
  await until(() => !pids.some(isAlive));
});

test('the end of the parent does not wait for the start of its processes', async () => {
  await using database = await createSeededDatabase();
  await using cluster = await startCluster({ DATABASE_URL: database.url }, '--processes', '2');
  await cluster.next('worker started');
  await cluster.next('worker started');
  cluster.kill('SIGTERM');
  expect(await cluster.exited).toBe(0);
  await until(() => ![...pidsOf(cluster).values()].some(isAlive));
});

test.each([
  [['--processes', '0'], {}],
  [['--processes', 'two'], {}],
  [['--ports', '3001,3001'], {}],
  [['--ports', '3001,x'], {}],
  [['--ports', '3001', '--processes', '2'], {}],
  [['--port', '3001'], {}],
  [['--processes', '2'], { BROKER: 'memory' }],
])('%p with %p is refused before anything is opened', async (args, env) => {
  await using cluster = await startCluster(env, ...args);
  expect(await cluster.exited).toBe(64);
});

test('demo rows may be written by several processes at once', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using connection = await openTestDatabase(database.url);
  await Promise.all(Array.from({ length: 5 }, () => seedBarangay(connection.db)));
  expect(await connection.query('select id from hearings')).toEqual([{ id: 123 }]);
});
