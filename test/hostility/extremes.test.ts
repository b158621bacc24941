import { afterAll, beforeAll, expect, test } from 'bun:test';
import { exchange, requestBytes } from '../support/clients/raw-http.ts';
import type { WsClient } from '../support/clients/ws-client.ts';
import { type DocumentedPaths, documentedMethods } from '../support/documents/documented-methods.ts';
import { faultsIn } from '../support/log-lines.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';
import { until } from '../support/until.ts';
import { insideIn } from './inside.ts';

let service: TestService;
let bystander: WsClient;
beforeAll(async () => {
  service = await startTestService();
  bystander = await joinAs(service, { userId: 'captain1', role: 'captain' }, ['hearings']);
});
afterAll(async () => {
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  expect(await bystander.next('hearing_update')).toMatchObject({ offset: 1 });
  expect(faultsIn(service.logged())).toEqual([]);
  await bystander.close();
  await until(async () => {
    const { body } = await service.get('/ws/status');
    return (body as { connectedClients: number }).connectedClients === 0;
  });
  await service[Symbol.asyncDispose]();
});

/** Statuses by what was sent; every answer is looked through, and none may be a 5xx but Bun's 505. */
async function statusesOf(requests: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const [name, bytes] of Object.entries(requests)) {
    const { status, text } = await exchange(service.url, bytes, { enough: isStream });
    expect([name, insideIn(text)]).toEqual([name, undefined]);
    expect([name, status >= 500 && status !== 505]).toEqual([name, false]);
    statuses[name] = status;
  }
  return statuses;
}

/** An event stream, which ends when we do. */
const isStream = (text: string) => text.includes('event: subscribed');

async function expectStatus(status: number, requests: Readonly<Record<string, string>>): Promise<void> {
  const expected = Object.fromEntries(Object.keys(requests).map((name) => [name, status]));
  expect(await statusesOf(requests)).toEqual(expected);
}

const kibibytes = (count: number) => 'x'.repeat(count * 1024);
const get = (target: string, ...headers: string[]) => requestBytes('GET', target, headers);
const history = '/api/realtime/channels/hearings/publications';

test('heads of up to 16 KiB and a hundred fields are read, larger ones refused with 431', async () => {
  await expectStatus(200, {
    'a query of 14 KiB': get(`/health?${kibibytes(14)}`),
    'a field of 14 KiB': get('/health', `X-Large: ${kibibytes(14)}`),
    'a hundred fields': get('/health', ...Array<string>(100).fill('X-Many: 1')),
    'a thousand parameters': get(`/health?${'a=1&'.repeat(1_000)}`),
    'three thousand cookies': get('/health', `Cookie: ${'a=b;'.repeat(3_000)}`),
  });
  await expectStatus(431, {
    'a path of 64 KiB': get(`/${kibibytes(64)}`),
    'a query of 64 KiB': get(`${history}?since=${kibibytes(64)}`),
    'a field of 64 KiB': get('/health', `X-Large: ${kibibytes(64)}`),
    'a name of 64 KiB': get('/health', `${kibibytes(64)}: 1`),
    'five thousand fields': get('/health', ...Array<string>(5_000).fill('X-Many: 1')),
  });
});

test('a head with signs that end or divide it is refused whole', async () => {
  await expectStatus(400, {
    'NUL in a value': get('/health', 'X-A: a\0b'),
    'NUL in a name': get('/health', 'X\0A: b'),
    'a bare CR in a value': get('/health', 'X-A: a\rX-B: b'),
    'a folded line': get('/health', 'X-A: a\r\n b'),
    'a space before the colon': get('/health', 'X-A : a'),
    'a line without a colon': get('/health', 'XA'),
    'no Host': 'GET /health HTTP/1.1\r\n\r\n',
    'the greeting of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'the greeting of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  });
  await expectStatus(505, {
    'NUL in the path': get('/health\0'),
    'lines that end in LF': 'GET /health HTTP/1.1\nHost: localhost\n\n',
    'no version': 'GET /health\r\n\r\n',
    'a version to come': 'GET /health HTTP/3.0\r\nHost: localhost\r\n\r\n',
  });
});

test('a Host that is no host is refused on every transport', async () => {
  for (const host of ['[::::', 'a b', 'localhost:99999', 'a"b', 'a\\b', '%']) {
    const head = (target: string, connection = 'close') =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: ${connection}\r\n`;
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    await expectStatus(400, {
      poll: `${head(history)}\r\n`,
      stream: `${head('/api/realtime/stream?channels=hearings')}\r\n`,
      nothing: `${head('/nothing')}\r\n`,
      socket: `${head('/ws/realtime', 'close, Upgrade')}Upgrade: websocket\r\n${key}\r\n`,
    });
  }
});

test('encoded line breaks stay in the path, the query and the ids they were sent in', async () => {
  const injection = '%0d%0aX-Injected:%20yes';
  for (const bytes of [
    get(`/health${injection}`),
    get(`${history}?since=1${injection}`),
    get(`${history}?limit=1&x=${injection}`),
    get(`/api/realtime/channels/hearings${injection}/publications`),
    get('/health', `X-Request-Id: a${injection}`),
    get('/api/realtime/stream?channels=hearings', `Last-Event-ID: a${injection}`),
    get(history, `If-None-Match: "a${injection}"`),
  ]) {
    const { status, text } = await exchange(service.url, bytes, { enough: isStream });
    expect(status).toBeGreaterThan(0);
    expect(text).not.toMatch(/^x-injected/im);
  }
});

test('escapes that decode to nothing, too much or elsewhere name no route and no channel', async () => {
  const channel = (name: string) => get(`/api/realtime/channels/${name}/publications`);
  await expectStatus(404, {
    'a lone percent': get('/%'),
    'no hexadecimal': get('/%zz'),
    NUL: get('/%00'),
    'up from the root': get('/../../etc/passwd'),
    'up, encoded': get('/openapi/..%2f..%2fetc/passwd'),
    'up from a channel': channel('%2e%2e%2f%2e%2e%2fhealth'),
    'an overlong slash': channel('hearings%c0%af..'),
    'half a sequence': channel('hearings%e2%82'),
    'a fullwidth spelling': channel('%ef%bd%88earings'),
    'a decomposed spelling': get('/he%CC%81alth'),
    'raw bytes over 127': get('/h\xe9alth'),
    'two slashes': get('//evil.example/health'),
    'a statement': channel("hearings'%3Bdrop%20table%20realtime_publications--"),
  });
  await expectStatus(422, { 'NUL in a channel': channel('hearings%00') });
  await expectStatus(422, {
    'a position that is an escape': get(`${history}?since=%`),
    'a position with NUL': get(`${history}?since=%00`),
    'a limit of no digits': get(`${history}?limit=%ff`),
    'a limit of none': get(`${history}?limit=NaN&wait=Infinity`),
    'parameters of every object': get(`${history}?__proto__=1&constructor=2&limit=toString`),
  });
});

/** Every documented path, with the methods it has; the socket's own is not documented. */
async function routes(): Promise<[path: string, methods: string[]][]> {
  const { body } = await service.get('/openapi/json');
  const { paths } = body as { paths: DocumentedPaths };
  const methodsAt = documentedMethods(paths);
  const documented = Object.keys(paths).map((path): [string, string[]] => {
    const address = path.replaceAll(/\{\w+\}/g, 'hearings');
    return [address, [...methodsAt(address)]];
  });
  return [...documented, ['/openapi/json', ['GET']], ['/ws/realtime', ['GET']]];
}

test('a body of as many unknown fields as fit is looked through in one pass, on every route', async () => {
  const fields = Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`f${n}`, 0]));
  const [flat, nested] = [fields, { data: fields, list: [fields] }].map((each) => JSON.stringify(each));
  for (const [path, methods] of await routes()) {
    for (const method of methods.filter((each) => !['GET', 'HEAD', 'OPTIONS'].includes(each))) {
      for (const body of [flat, nested]) {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(service.url + path, { method, headers, body: body ?? '' });
        expect([method, path, answer.status >= 500 && answer.status !== 501]).toEqual([method, path, false]);
        await answer.body?.cancel();
      }
    }
  }
}, 60_000);

test('methods that a route does not have are refused with 405, on every route', async () => {
  const all = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT'];
  for (const [path, methods] of await routes()) {
    const missing = all.filter((method) => !methods.includes(method));
    await expectStatus(
      405,
      Object.fromEntries(missing.map((method) => [`${method} ${path}`, requestBytes(method, path)])),
    );
  }
});

test('methods that nobody knows end the connection unanswered', async () => {
  await expectStatus(0, {
    unknown: requestBytes('FROBNICATE', '/health'),
    'in small letters': requestBytes('get', '/health'),
  });
});

test('HEAD is answered as GET is, without a body, and opens nothing', async () => {
  for (const [path] of await routes()) {
    for (const target of [path, `${path}?channels=hearings`]) {
      const { text } = await exchange(service.url, requestBytes('HEAD', target));
      expect([target, text.split('\r\n\r\n')[1]]).toEqual([target, '']);
    }
  }
});
