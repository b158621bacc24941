import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { shippedDomains } from '../../../src/domains.ts';
import { serviceScopes } from '../../../src/realtime/principal.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { jwtMode, startTestService, type TestService } from '../../support/services/service.ts';

const keys = Object.fromEntries(serviceScopes.map((scope) => [scope, `key-that-may-${scope}-0123456789`]));
const asKey = (scope: string) => ({ 'x-api-key': keys[scope] ?? '' });
const domains = shippedDomains.map(({ name }) => name);
const operated = ['/metrics', '/api/operate/', '/api/realtime/users/'];

let service: TestService;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  const database = opened.use(await createTestDatabase({ domains }));
  const entries = serviceScopes.map((scope) => [`may_${scope}`, { key: keys[scope], scopes: [scope] }]);
  const SERVICE_API_KEY = JSON.stringify(Object.fromEntries(entries));
  service = opened.use(
    await startTestService({ database, env: { ...jwtMode, DOMAINS: domains.join(), SERVICE_API_KEY } }),
  );
});

afterAll(() => opened.disposeAsync());

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly security?: readonly object[];
}

async function operations(): Promise<Operation[]> {
  const { body } = await service.get('/openapi/json', asKey('operate'));
  const { paths } = body as { paths: Record<string, Record<string, { security?: readonly object[] }>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      path,
      method: method.toUpperCase(),
      ...(security && { security }),
    })),
  );
}

describe.each([...serviceScopes])('a key with the scope %s alone', (scope) => {
  test('passes the routes of that scope, on every route of the document', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(80);
    for (const { path, method, security } of all) {
      const needed = operated.some((each) => path.startsWith(each))
        ? 'operate'
        : method === 'GET'
          ? 'read'
          : 'publish';
      const response = await fetch(`${service.url}${path.replaceAll(/\{\w+\}/g, 'x')}`, {
        method,
        headers: { ...asKey(scope), 'content-type': 'application/json' },
        ...(method !== 'GET' && { body: '{}' }),
        signal: AbortSignal.timeout(10_000),
      });
      const isRefused = response.status === 403;
      const lacks = isRefused && (await response.text()).includes('has not the scope');
      // A stream that was opened would never end.
      if (!isRefused) await response.body?.cancel();
      const isOpen = security?.length === 0;
      expect([method, path, lacks]).toEqual([method, path, !isOpen && needed !== scope]);
    }
  });

  test('reads, publishes and whispers on a socket as it may', async () => {
    await using client = await connect(service.socketUrl, { headers: asKey(scope) });
    await client.next('connected');
    await client.next('authenticated');
    client.send({ type: 'subscribe', channel: 'hearings' });
    client.send({ type: 'sync_request', channel: 'hearings' });
    client.send({ type: 'publish', channel: 'case:1', publicationType: 'note', data: 1 });
    const answers: unknown[] = [];
    for (let count = 0; count < 3; count += 1) answers.push((await client.next()).type);
    const reads = scope === 'read' ? ['subscribed', 'sync_response'] : ['error', 'error'];
    expect(answers).toEqual([...reads, scope === 'publish' ? 'published' : 'error']);
  });
});

test('an operator is named in the log by the id of the key, and what is wrong is said without it', async () => {
  expect((await service.post('/api/realtime/users/u1/disconnect', '', asKey('operate'))).status).toBe(200);
  const entry = JSON.parse(await service.nextLog('/api/realtime/users/u1/disconnect'));
  expect(entry).toMatchObject({
    msg: 'operator request',
    caller: 'service:may_operate',
    method: 'POST',
    path: '/api/realtime/users/u1/disconnect',
    status: 200,
  });
  for (const key of Object.values(keys)) expect(service.logged()).not.toContain(key);
});
