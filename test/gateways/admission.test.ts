import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Env } from '../../src/config/config.ts';
import { seedCampus } from '../../src/domains/campus/seed.ts';
import { shippedDomains } from '../../src/domains.ts';
import { connect } from '../support/clients/ws-client.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { engineAddress } from '../support/services/engine-client.ts';
import { jwtMode, makeToken, startTestService, type TestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

/** Says of a visit how it was refused: a close code, an HTTP status, or what a Socket.IO packet says. */
type Visit = (service: TestService, headers: Record<string, string>, auth?: object) => Promise<string>;

const domains = shippedDomains.map(({ name }) => name);
const socketPaths = [
  '/ws/realtime',
  ...shippedDomains.flatMap(({ sockets = [] }) => sockets.map((each) => each.path)),
];

const bySocket =
  (path: string): Visit =>
  async ({ url }, headers) => {
    await using client = await connect(`${url.replace('http', 'ws')}${path}`, {
      implementation: 'ws',
      headers,
    });
    return String((await client.closed).code);
  };

const byEngineSocket: Visit = async ({ url }, headers, auth = {}) => {
  const address = engineAddress(url.replace('http', 'ws'), 'websocket');
  await using client = await connect(address, { implementation: 'ws', headers });
  client.send(`40${JSON.stringify(auth)}`);
  await client.closed;
  return /"code":"(\w+)"/.exec(JSON.stringify(client.all()).replaceAll('\\', ''))?.[1] ?? 'closed';
};

const byEnginePolls: Visit = async ({ url }, headers, auth = {}) => {
  const opening = engineAddress(url, 'polling');
  // The sender that the handshake names counts.
  const [, sid] = /"sid":"([\w-]+)"/.exec(await (await fetch(opening, { headers })).text()) ?? [];
  const address = `${opening}&sid=${sid}`;
  await fetch(address, { method: 'POST', body: `40${JSON.stringify(auth)}`, headers });
  const text = await (await fetch(address, { headers })).text();
  return /"code":"(\w+)"/.exec(text)?.[1] ?? text;
};

const byRequest =
  (path: string): Visit =>
  async ({ url }, headers) => {
    const response = await fetch(`${url}${path}`, { headers });
    await response.body?.cancel();
    return String(response.status);
  };

const sockets = Object.fromEntries(socketPaths.map((path) => [path, bySocket(path)]));
const engines = { 'socket.io by websocket': byEngineSocket, 'socket.io by polling': byEnginePolls };
const requests = {
  'event stream': byRequest('/api/realtime/stream?channels=hearings'),
  'issue stream': byRequest('/api/realtime/issues/stream?organizationId=org123'),
  'heatmap stream': byRequest('/api/realtime/heatmap/stream?organizationId=org123'),
  'waiting poll': byRequest('/api/realtime/channels/hearings/publications?wait=5'),
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ domains });
  await using connection = await openTestDatabase(database.url);
  await seedCampus(connection.db);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** A service that would drain for a minute if anything were left. */
async function start(env: Env = {}): Promise<TestService> {
  const all = { ...jwtMode, DOMAINS: domains.join(), DRAIN_TIMEOUT_MS: '60000', ...env };
  return startTestService({ database, env: all });
}

async function connectedTo({ get }: TestService): Promise<number> {
  const { body } = await get('/ws/status');
  return (body as { connectedClients: number }).connectedClients;
}

async function expectNothingLeft(service: TestService): Promise<void> {
  await until(async () => (await connectedTo(service)) === 0);
  const startedAt = performance.now();
  await service[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
}

test('whoever is refused leaves no session behind, by any transport and for any reason', async () => {
  const service = await start();
  const expired = await makeToken({ expiresIn: -5 });
  const reasons: Record<string, { headers: Record<string, string>; auth?: object }> = {
    origin: { headers: { origin: 'https://evil.example' } },
    nonsense: { headers: { authorization: 'Bearer nonsense' } },
    expired: { headers: { authorization: `Bearer ${expired}` } },
    protocol: { headers: { 'x-api-key': 'no-such-key-of-24-characters' }, auth: { since: 7 } },
  };
  const outcomes: Record<string, Record<string, string>> = {};
  for (const [reason, { headers, auth }] of Object.entries(reasons)) {
    for (const [name, visit] of Object.entries({ ...sockets, ...engines, ...requests })) {
      // A browser keeps from a page of another origin what it would read over HTTP.
      if (reason === 'origin' && name in requests) continue;
      for (let n = 0; n < 2; n++) {
        outcomes[reason] = { ...outcomes[reason], [name]: await visit(service, headers, auth) };
      }
    }
  }
  expect(outcomes).toEqual({
    origin: {
      ...Object.fromEntries(socketPaths.map((path) => [path, '4503'])),
      ...{ 'socket.io by websocket': 'forbidden', 'socket.io by polling': 'forbidden' },
    },
    nonsense: refusedWith('4502', 'invalid_token', '401'),
    expired: refusedWith('4002', 'token_expired', '401'),
    protocol: { ...refusedWith('4502', 'invalid_frame', '401') },
  });
  await expectNothingLeft(service);
});

function refusedWith(close: string, code: string, status: string) {
  return {
    ...Object.fromEntries(socketPaths.map((path) => [path, close])),
    ...Object.fromEntries(Object.keys(engines).map((name) => [name, code])),
    ...Object.fromEntries(Object.keys(requests).map((name) => [name, status])),
  };
}

test('whoever is one too many leaves no session behind, by any transport', async () => {
  const service = await start({ LIMIT_SOCKETS_PER_USER: '1', LIMIT_STREAMS_PER_USER: '1' });
  const headers = { authorization: `Bearer ${await makeToken({ tenants: ['org123'] })}` };
  const abort = new AbortController();
  const first = await connect(service.socketUrl, { headers });
  await first.next('authenticated');
  const poll = fetch(`${service.url}/api/realtime/channels/hearings/publications?wait=50`, {
    headers,
    signal: abort.signal,
  }).catch(() => undefined);
  const engine = await connect(engineAddress(service.url.replace('http', 'ws'), 'websocket'), {
    implementation: 'ws',
    headers,
  });
  engine.send('40');
  const stream = await fetch(`${service.url}/api/realtime/stream?channels=hearings`, { headers });
  await until(async () => (await connectedTo(service)) === 4);
  for (const [name, visit] of Object.entries({ ...sockets, ...engines, ...requests })) {
    expect([name, await visit(service, headers)]).toEqual([
      name,
      expect.stringMatching(/^(4009|too_many_connections|429)$/),
    ]);
  }
  abort.abort();
  await poll;
  // Named until here: a response that nobody refers to is ended.
  await stream.body?.cancel();
  for (const client of [first, engine]) await client.close();
  await expectNothingLeft(service);
});

test('a HEAD for a stream leaves no session behind', async () => {
  const service = await start();
  const headers = { authorization: `Bearer ${await makeToken({ tenants: ['org123'] })}` };
  for (const path of [
    '/api/realtime/stream?channels=hearings',
    '/api/realtime/issues/stream?organizationId=org123',
  ]) {
    await fetch(`${service.url}${path}`, { method: 'HEAD', headers });
  }
  await expectNothingLeft(service);
});
