import { afterAll, beforeAll, expect, test } from 'bun:test';
import { exchange } from '../../support/clients/raw-http.ts';
import { OPCODE, openRawWebSocket } from '../../support/clients/raw-websocket.ts';
import { faultsIn } from '../../support/log-lines.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ env: { LIMIT_SOCKETS_PER_USER: '100' } });
});
afterAll(async () => {
  await until(async () => {
    const { body } = await service.get('/ws/status');
    return (body as { connectedClients: number }).connectedClients === 0;
  });
  expect(faultsIn(service.logged())).toEqual([]);
  await service[Symbol.asyncDispose]();
});

const handshake = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};
type Handshake = Partial<Record<keyof typeof handshake, string | undefined>>;

/** The answer to the handshake with these headers changed, or left out. */
function shake(changes: Handshake = {}, method = 'GET', version = '1.1') {
  const lines = Object.entries({ ...handshake, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  const bytes = `${method} /ws/realtime HTTP/${version}\r\nHost: localhost\r\n${lines.join('')}\r\n`;
  return exchange(service.url, bytes, { enough: (text) => text.includes('\r\n\r\n') });
}

test('the key is answered as the standard prints it (§1.3)', async () => {
  const { status, text } = await shake();
  expect(status).toBe(101);
  expect(text).toMatch(/sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
  expect(text).not.toMatch(/sec-websocket-(protocol|extensions):/i);
});

test('names and values of the handshake count in any case, among others (§4.2.1)', async () => {
  for (const changes of [
    { Upgrade: 'WebSocket' },
    { Upgrade: 'WEBSOCKET', Connection: 'upgrade' },
    { Connection: 'keep-alive, Upgrade' },
  ]) {
    expect([changes, (await shake(changes)).status]).toEqual([changes, 101]);
  }
});

test('another version is answered by the one that is spoken (§4.4)', async () => {
  for (const version of ['8', '14', '013', '', 'x', '13, 8', undefined]) {
    const { status, text } = await shake({ 'Sec-WebSocket-Version': version });
    expect([version, status]).toEqual([version, 426]);
    expect(text).toMatch(/sec-websocket-version: 13\r\n/i);
  }
});

test('a key that is missing or is not sixteen bytes of base64 is refused (§4.2.1)', async () => {
  const keys = [undefined, '', 'short', `${'A'.repeat(64)}==`, '!!!!!!!!!!!!!!!!!!!!!!=='];
  for (const key of keys) {
    expect([key, (await shake({ 'Sec-WebSocket-Key': key })).status]).toEqual([key, 400]);
  }
});

test('only a GET that asks for a WebSocket opens one', async () => {
  for (const method of ['POST', 'PUT', 'OPTIONS', 'DELETE', 'TRACE']) {
    expect([method, (await shake({}, method)).status]).toEqual([method, 405]);
  }
  for (const Upgrade of [undefined, 'h2c', 'websockets']) {
    expect([Upgrade, (await shake({ Upgrade })).status]).toEqual([Upgrade, 426]);
  }
});

// §4.2.1 asks for HTTP/1.1 and for "Connection: Upgrade"; Bun opens without them. No browser can be made to send
// such a request and no proxy lets it through, and a program that speaks to the server itself gains nothing.
test('a handshake without "Connection: Upgrade" or over HTTP/1.0 opens an ordinary session', async () => {
  expect((await shake({ Connection: undefined })).status).toBe(101);
  expect((await shake({}, 'GET', '1.0')).status).toBe(101);
});

test('extensions are offered in vain, also broken ones (§9.1)', async () => {
  for (const offer of ['permessage-deflate; client_max_window_bits', ';;;,,=', 'x'.repeat(4_000)]) {
    await using raw = await openRawWebSocket(service.socketUrl, { 'Sec-WebSocket-Extensions': offer });
    expect(raw.status).toBe(101);
    expect(raw.responseHeaders.has('sec-websocket-extensions')).toBe(false);
    raw.send(OPCODE.ping, 'plain');
    expect((await raw.next(OPCODE.pong)).payload.toString()).toBe('plain');
  }
});

test('a close is answered by its own code and reason, and ends TCP from the server (§5.5.1, §7.1.1)', async () => {
  const reason = 'ñ'.repeat(61);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4000, 4999]) {
    await using raw = await openRawWebSocket(service.socketUrl);
    raw.send(OPCODE.close, closePayload(code, reason));
    expect((await raw.next(OPCODE.close)).payload).toEqual(closePayload(code, reason));
    expect((await raw.closed).code).toBe(code);
  }
});

test('a close without a code is answered without one (§7.1.5)', async () => {
  await using raw = await openRawWebSocket(service.socketUrl);
  raw.send(OPCODE.close);
  expect((await raw.next(OPCODE.close)).payload).toHaveLength(0);
  await raw.closed;
});

test('codes that may not stand in a close frame are answered with 1002 (§7.4)', async () => {
  const reserved = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535];
  for (const code of reserved) expect([code, await answerToClose(closePayload(code))]).toEqual([code, 1002]);
});

test('a close frame with half a code is answered with 1002, with a reason that is no text with 1007', async () => {
  expect(await answerToClose(Buffer.from([3]))).toBe(1002);
  expect(await answerToClose(closePayload(1000, Buffer.from([0xc0, 0xaf])))).toBe(1007);
});

test('nothing counts after a close frame, and a message under way ends with it (§5.5.1)', async () => {
  await using raw = await openRawWebSocket(`${service.socketUrl}?userId=user123&role=officer`);
  raw.send(OPCODE.text, '{"type":"pi', { fin: false });
  raw.send(OPCODE.close, closePayload(1000));
  raw.send(OPCODE.continuation, 'ng","id":"late"}');
  raw.send(OPCODE.text, '{"type":"ping","id":"late"}');
  raw.send(OPCODE.close, closePayload(4000));
  expect((await raw.closed).code).toBe(1000);
  expect(raw.all(OPCODE.close)).toHaveLength(1);
  expect(raw.all(OPCODE.text).some(({ payload }) => payload.includes('late'))).toBe(false);
});

async function answerToClose(payload: Buffer): Promise<number> {
  await using raw = await openRawWebSocket(service.socketUrl);
  raw.send(OPCODE.close, payload);
  return (await raw.closed).code;
}

function closePayload(code: number, reason: string | Buffer = ''): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason)]);
}
