import { describe, expect, test } from 'bun:test';
import { checkHost, checkOrigin, isListed, type OriginRules } from '../../../src/gateways/callers/origin.ts';
import { jwtMode, makeToken, startTestService } from '../../support/services/service.ts';

const closed: OriginRules = { listed: [], local: false, checkHost: true };
const asked = (headers: Record<string, string>) => new Request('http://localhost/', { headers });
const codeOf = (check: () => void) => {
  try {
    check();
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('in insecure mode', () => {
  test.each([
    'localhost',
    'localhost:3000',
    'api.localhost',
    '127.0.0.1:3000',
    '127.1',
    '[::1]:3000',
    '192.168.1.7:3000',
    'app',
    'rt:80',
    'laptop.local',
    '[fe80::1]',
  ])('a request to %s is answered', (host) => {
    expect(codeOf(() => checkHost(asked({ host }), closed))).toBe('accepted');
  });

  test.each([
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'a b',
    'evil.localhost.',
  ])('a request to %s is refused, as its page would be of this origin', (host) => {
    expect(codeOf(() => checkHost(asked({ host }), closed))).toBe('forbidden');
  });

  test('a listed origin names a host, and * any', () => {
    const host = 'rt.example';
    expect(codeOf(() => checkHost(asked({ host }), { ...closed, listed: ['https://rt.example'] }))).toBe(
      'accepted',
    );
    expect(codeOf(() => checkHost(asked({ host }), { ...closed, listed: ['*'] }))).toBe('accepted');
    expect(codeOf(() => checkHost(asked({ host }), { ...closed, checkHost: false }))).toBe('accepted');
  });
});

test('pages of this machine are listed in development alone', () => {
  const pages = ['http://localhost:5173', 'http://127.0.0.1:8080', 'https://app.localhost', 'http://[::1]:1'];
  for (const page of pages) {
    expect(isListed(page, { ...closed, local: true })).toBe(true);
    expect(isListed(page, closed)).toBe(false);
  }
  for (const page of [
    'http://localhost.evil.example',
    'null',
    'file://',
    'capacitor://localhost',
    'toString',
  ]) {
    expect(isListed(page, { ...closed, local: true })).toBe(false);
  }
});

test('behind a proxy the origin is compared with the host that the browser asked for', () => {
  const headers = { origin: 'https://rt.example', host: '10.0.0.3:3000' };
  expect(codeOf(() => checkOrigin(asked(headers), closed))).toBe('forbidden');
  expect(codeOf(() => checkOrigin(asked({ ...headers, 'x-forwarded-host': 'rt.example' }), closed))).toBe(
    'accepted',
  );
});

const evil = { origin: 'https://evil.example' };
const forms = [
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json',
];

interface Operation {
  readonly path: string;
  readonly method: string;
}

/** Every writing operation of the document, with a path that can be asked for. */
function writingOperations(document: unknown): Operation[] {
  const { paths } = document as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => ({ path: path.replaceAll(/\{\w+\}/g, '1'), method: method.toUpperCase() })),
  );
}

test('a page of another origin writes nothing, on any route, by any form that a browser sends unasked', async () => {
  await using service = await startTestService({ env: { DOMAINS: 'barangay' } });
  const operations = writingOperations((await service.get('/openapi/json')).body);
  expect(operations.length).toBeGreaterThan(5);
  for (const { path, method } of operations) {
    for (const type of forms) {
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers: { ...evil, 'content-type': type },
        body: 'hearingId=123&eventType=created',
      });
      expect([path, type, response.status, await response.json()]).toMatchObject([
        path,
        type,
        403,
        { code: 'forbidden' },
      ]);
    }
  }
});

test('a page whose name was pointed at this server reads nothing either, over no transport', async () => {
  await using service = await startTestService();
  const host = { host: 'evil.example' };
  for (const path of [
    '/ws/status',
    '/api/realtime/channels/hearings/publications',
    '/socket.io/?EIO=4&transport=polling',
  ]) {
    expect((await service.get(path, host)).status).toBe(403);
  }
  const upgrade = { ...host, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  expect((await service.get('/ws/realtime', { ...upgrade, ...key })).status).toBe(403);
});

test('with tokens the name does not matter, and a page of a listed origin writes', async () => {
  await using service = await startTestService({ env: { ...jwtMode, CORS_ORIGINS: 'https://app.example' } });
  expect((await service.get('/ws/status', { host: 'rt.example' })).status).toBe(200);
  const headers = { authorization: `Bearer ${await makeToken()}`, origin: 'https://app.example' };
  const body = { hearingId: 123, eventType: 'created' };
  expect((await service.post('/ws/broadcast/hearing', body, headers)).status).toBe(200);
  expect((await service.post('/ws/broadcast/hearing', body, { ...headers, ...evil })).status).toBe(403);
});
