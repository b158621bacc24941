import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { shippedDomains } from '../../../src/domains.ts';
import { allowedMethods } from '../../../src/gateways/http/allowed-methods.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { type DocumentedPaths, documentedMethods } from '../../support/documents/documented-methods.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { needs } from '../../support/processes/components.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const testWithNode = needs('node');
const domains = shippedDomains.map(({ name }) => name);
const sockets = [
  '/ws/realtime',
  ...shippedDomains.flatMap((domain) => (domain.sockets ?? []).map(({ path }) => path)),
];

let service: TestService;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  const database = opened.use(await createTestDatabase({ domains }));
  service = opened.use(await startTestService({ database, env: { DOMAINS: domains.join() } }));
});
afterAll(() => opened.disposeAsync());

describe.each(['a', 'rt', 'app', 'rt:80', 'api:3000', 'localhost'])(
  'a proxy that calls this server %s',
  (host) => {
    test('reaches every kind of route', async () => {
      const paths = [
        '/health',
        '/openapi/json',
        '/asyncapi.json',
        '/ws/status',
        '/socket.io/?EIO=4&transport=polling',
      ];
      for (const path of paths)
        expect([path, (await service.get(path, { host })).status]).toEqual([path, 200]);
      expect((await service.get('/nothing', { host })).status).toBe(404);
    });

    test('reaches every socket', async () => {
      for (const path of sockets) {
        const url = `${service.url.replace('http', 'ws')}${path}`;
        await using client = await connect(url, { implementation: 'ws', headers: { host } });
        await client.next('connected');
      }
    });
  },
);

test('a request that lost its upgrade on the way is told what a proxy has to pass on', async () => {
  for (const path of sockets) {
    const kept = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
    const { status, headers, body } = await service.get(path, kept);
    expect([path, status, headers.get('upgrade')]).toEqual([path, 426, 'websocket']);
    expect(body).toMatchObject({
      code: 'upgrade_required',
      detail: expect.stringContaining('Connection: Upgrade'),
    });
  }
});

describe('subprotocols', () => {
  const open = (protocols: string[]) => connect(service.socketUrl, { protocols, implementation: 'ws' });

  test.each([[['tambuli.v1']], [['other', 'tambuli.v1']], [['bearer.x', 'tambuli.v1']]])(
    'of %p ours is chosen',
    async (protocols) => {
      await using client = await open(protocols);
      expect(client.protocol).toBe('tambuli.v1');
      await client.next('connected');
    },
  );

  test.each([[['graphql-ws']], [['bearer.x', 'mqtt']]])(
    '%p are refused with a reason and 4501',
    async (protocols) => {
      await using client = await open(protocols);
      expect(client.protocol).not.toStartWith('bearer.');
      expect(protocols).toContain(client.protocol);
      expect(await client.next('error')).toMatchObject({ code: 'unsupported_protocol' });
      expect((await client.closed).code).toBe(4501);
    },
  );

  test('a token alone is refused before the upgrade, and not repeated', async () => {
    const response = await fetch(service.url.concat('/ws/realtime'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'bearer.secret-of-somebody',
      },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('secret-of-somebody');
    expect(response.headers.get('sec-websocket-protocol')).toBeNull();
  });
});

const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

test('a method that a path does not take is 405 with those that it does, on every route of the document', async () => {
  const { body } = await service.get('/openapi/json');
  const { paths } = body as { paths: DocumentedPaths };
  expect(Object.keys(paths).length).toBeGreaterThan(50);
  const declaredAt = documentedMethods(paths);
  for (const path of Object.keys(paths)) {
    const address = path.replaceAll(/\{\w+\}/g, '1');
    const declared = declaredAt(address);
    const wrong = all.find((method) => !declared.includes(method));
    if (wrong === undefined) continue;
    const response = await fetch(`${service.url}${address}`, { method: wrong });
    const allow = response.headers.get('allow')?.split(', ') ?? [];
    expect({ path, wrong, status: response.status, allow }).toMatchObject({
      path,
      wrong,
      status: 405,
      allow: expect.arrayContaining(declared),
    });
    expect(allow).not.toContain(wrong);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  }
});

test('the methods of a path are those of all routes that match it', () => {
  const methodsAt = allowedMethods(() => [
    { method: 'GET', path: '/a/:id' },
    { method: 'DELETE', path: '/a/:id' },
    { method: 'POST', path: '/a/b' },
    { method: 'ALL', path: '/all/' },
    { method: 'GET', path: '/files/*' },
    { method: 'WS', path: '/socket' },
  ]);
  expect(methodsAt('/a/7')).toEqual(['GET', 'HEAD', 'DELETE']);
  expect(methodsAt('/a/b')).toEqual(['GET', 'HEAD', 'POST', 'DELETE']);
  expect(methodsAt('/all/')).toEqual(all);
  expect(methodsAt('/files/x/y')).toEqual(['GET', 'HEAD']);
  for (const path of ['/a', '/a/7/8', '/socket', '/A/7']) expect(methodsAt(path)).toEqual([]);
});

testWithNode('a Node client that closes each connection is told so by every kind of response', async () => {
  const problem = '/nothing';
  const kinds = ['/ws/status', '/health', problem, '/openapi/json', '/ws/realtime', '/metrics'];
  const paths = kinds.flatMap((path) => [path, path]);
  const script = join(import.meta.dir, '../../support/clients/node-requests.mjs');
  const child = Bun.spawn(['node', script, service.url, JSON.stringify(paths)], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const lines = (await new Response(child.stdout).text()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    paths.map(() => ({ status: expect.any(Number), connection: expect.stringMatching(/(^|, )close$/) })),
  );
});

test('a request that keeps its connection is not told to close it', async () => {
  expect((await service.get('/health')).headers.get('connection')).not.toBe('close');
});
