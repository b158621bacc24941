import { afterAll, beforeAll, expect, test } from 'bun:test';
import { exchange } from '../../support/clients/raw-http.ts';
import { faultsIn } from '../../support/log-lines.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  expect((await service.get('/health')).status).toBe(200);
  expect(faultsIn(service.logged())).toEqual([]);
  await service[Symbol.asyncDispose]();
});

const head = (method: string, path: string, headers: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\n';
const websocketKey = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** The status that comes back for these bytes. */
async function statusOf(bytes: string): Promise<number> {
  return (await exchange(service.url, bytes, { enough: (text) => text.includes('\r\n') })).status;
}

test('handshakes that are none are refused with a problem of the 4xx kind', async () => {
  const handshakes = [
    head('GET', '/ws/realtime', ''),
    head('GET', '/ws/realtime', upgrade),
    head('GET', '/ws/realtime', `${upgrade}Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n`),
    head(
      'POST',
      '/ws/realtime',
      `${upgrade}${websocketKey}Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n`,
    ),
    head('GET', '/ws/elsewhere', `${upgrade}${websocketKey}Sec-WebSocket-Version: 13\r\n`),
  ];
  for (const handshake of handshakes) {
    const status = await statusOf(handshake);
    expect({ handshake, refused: status >= 400 && status < 500 }).toEqual({ handshake, refused: true });
  }
  expect(await service.get('/ws/status')).toMatchObject({ body: { connectedClients: 0 } });
});

test('addresses that cannot be decoded are not found', async () => {
  for (const path of ['/%zz', '/ws/%', '/%00', '//', '/../etc/passwd']) {
    expect({ path, status: await statusOf(head('GET', path, '')) }).toEqual({ path, status: 404 });
  }
});

test('a request of HTTP/1.0 without a host, as health checks of proxies send it, is answered as any other', async () => {
  for (const host of ['', 'Host: \r\n']) {
    expect(await statusOf(`GET /health HTTP/1.0\r\n${host}\r\n`)).toBe(200);
    expect(await statusOf(`GET /nothing HTTP/1.0\r\n${host}\r\n`)).toBe(404);
  }
  expect(await statusOf('GET /health HTTP/1.1\r\nHost: a b\r\n\r\n')).toBe(400);
});

test('bytes that are no request are refused', async () => {
  expect(await statusOf('nonsense\r\n\r\n')).toBe(400);
});

test('a body without a length is cut off', async () => {
  const chunk = `${(1024 * 1024).toString(16)}\r\n${'x'.repeat(1024 * 1024)}\r\n`;
  const headers = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n';
  expect(await statusOf(`${head('POST', '/ws/broadcast/hearing', headers)}${chunk.repeat(3)}0\r\n\r\n`)).toBe(
    413,
  );
});
