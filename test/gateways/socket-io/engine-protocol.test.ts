import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { exchange, requestBytes } from '../../support/clients/raw-http.ts';
import { openRawWebSocket } from '../../support/clients/raw-websocket.ts';
import { faultsIn } from '../../support/log-lines.ts';
import {
  type EngineTransport,
  engineAddress,
  openEngine,
  openNamespace,
  openPolling,
  type PollingSession,
} from '../../support/services/engine-client.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

// The demands of version 4 of the Engine.IO protocol on a server.

const officer = { userId: 'user123', role: 'officer' };
const transports: readonly EngineTransport[] = ['polling', 'websocket'];
const gone = { code: 1, message: 'Session ID unknown' };

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  await until(async () => (await connected(service)) === 0);
  expect(faultsIn(service.logged())).toEqual([]);
  await service[Symbol.asyncDispose]();
});

async function connected({ get }: TestService): Promise<number> {
  const { body } = await get('/ws/status');
  return (body as { connectedClients: number }).connectedClients;
}

async function isGone({ address }: PollingSession): Promise<boolean> {
  const response = await fetch(address);
  return response.status === 400 && Bun.deepEquals(await response.json(), gone);
}

describe('handshake', () => {
  test.each(transports)(
    'by %s it says who the client is, what it may do and when it is pinged',
    async (name) => {
      await using client = await openEngine(service.url, name);
      expect(client.handshake).toEqual({
        sid: expect.stringMatching(/^[\w-]{20}$/),
        upgrades: name === 'polling' ? ['websocket'] : [],
        pingInterval: 25_000,
        pingTimeout: 25_000,
        maxPayload: 65_536,
      });
    },
  );

  test.each([
    ['no version', 'transport=TRANSPORT', 5],
    ['an older version', 'EIO=3&transport=TRANSPORT', 5],
    ['a version that is none', 'EIO=abc&transport=TRANSPORT', 5],
    ['no transport', 'EIO=4', 0],
    ['an unknown transport', 'EIO=4&transport=abc', 0],
    ['a transport with the name of a property', 'EIO=4&transport=constructor', 0],
    ['an unknown session', 'EIO=4&transport=TRANSPORT&sid=abc', 1],
  ])('with %s it is refused, by HTTP and by WebSocket', async (_, query, code) => {
    const path = (transport: string) => `${service.url}/socket.io/?${query.replace('TRANSPORT', transport)}`;
    const response = await fetch(path('polling'));
    expect([response.status, await response.json()]).toMatchObject([400, { code }]);
    await using socket = await openRawWebSocket(path('websocket'));
    expect(socket.status).toBe(400);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('by %s it is refused', async (method) => {
    const response = await fetch(engineAddress(service.url, 'polling'), { method });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 2 }]);
  });

  test('an upgrade that is none is refused, also of a session', async () => {
    const session = await openPolling(service.url);
    for (const address of [engineAddress(service.url, 'websocket'), session.address]) {
      const response = await fetch(address, { headers: { upgrade: 'websocket' } });
      expect([response.status, await response.json()]).toMatchObject([422, { code: 'validation_failed' }]);
    }
    expect(await session.post('1')).toBe(200);
  });
});

describe('polling', () => {
  test('packets travel together, in order, both ways', async () => {
    const session = await openPolling(service.url);
    const pings = [1, 2, 3].map((id) => `42${id}["ping"]`);
    await session.post(`40${JSON.stringify(officer)}`);
    await session.pollFor('42["authenticated"');
    expect(await session.post(...pings)).toBe(200);
    const { packets } = await session.poll();
    expect(packets.map((packet) => packet.slice(0, 4))).toEqual(['431[', '432[', '433[']);
    await session.post('1');
  });

  test('a poll that waits is no hindrance to what the client sends, whatever type it gives that', async () => {
    const session = await openPolling(service.url);
    const contentTypes = ['text/plain;charset=UTF-8', 'application/octet-stream', 'application/json', ';;;'];
    for (const type of contentTypes) {
      const waiting = session.poll();
      const body = `40/${type.length},`;
      const headers = { 'content-type': type };
      const response = await fetch(session.address, { method: 'POST', headers, body });
      expect([response.status, await response.text()]).toEqual([200, 'ok']);
      expect(await waiting).toEqual({
        status: 200,
        packets: [`44/${type.length},{"message":"Invalid namespace"}`],
      });
    }
    await session.post('1');
  });

  test('two polls at once end the session, and the first is told so', async () => {
    const session = await openPolling(service.url);
    const answers = await Promise.all([session.poll(), session.poll()]);
    expect(answers.toSorted((a, b) => a.status - b.status)).toEqual([
      { status: 200, packets: ['1'] },
      { status: 400, packets: [''] },
    ]);
    expect(await isGone(session)).toBe(true);
    expect(await session.post('3')).toBe(400);
  });

  test('another method is refused and changes nothing', async () => {
    const session = await openPolling(service.url);
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect((await fetch(session.address, { method })).status).toBe(400);
    }
    expect(await session.post('1')).toBe(200);
  });

  test('a poll or a payload that breaks off ends the session', async () => {
    const target = ({ address }: PollingSession) => address.slice(service.url.length);
    const polling = await openPolling(service.url);
    const leaving = new AbortController();
    const left = fetch(polling.address, { signal: leaving.signal });
    await polling.post('3');
    leaving.abort();
    await expect(left).rejects.toThrow();
    await until(() => isGone(polling));

    const posting = await openPolling(service.url);
    const bytes = requestBytes('POST', target(posting), ['Content-Length: 10'], '40');
    await exchange(service.url, bytes, { leaving: true });
    await until(async () => (await connected(service)) === 0);
  });

  test('a payload over maxPayload is refused and ends the session', async () => {
    const session = await openPolling(service.url);
    const most = session.handshake.maxPayload;
    expect(await session.post(`40/${'x'.repeat(most - 3)}`)).toBe(200);
    expect(await session.post(`40/${'x'.repeat(most - 2)}`)).toBe(413);
    expect(await isGone(session)).toBe(true);
  });

  test('who fetches nothing of what the protocol itself answers is ended at the send buffer', async () => {
    await using strict = await startTestService({ env: { LIMIT_SEND_BUFFER_BYTES: '262144' } });
    const session = await openPolling(strict.url);
    for (let n = 0; n < 7; n++) await session.post(`40/${'x'.repeat(60_000)}`);
    await strict.nextLog('slow reader disconnected');
    await strict.nextLog('socket closed');
  });
});

describe('the end', () => {
  test('a close packet by polling ends the session, and the poll that waits with a noop', async () => {
    const session = await openPolling(service.url);
    const waiting = session.poll();
    expect(await session.post('1')).toBe(200);
    expect(await waiting).toEqual({ status: 200, packets: ['6'] });
    expect(await isGone(session)).toBe(true);
    expect(await session.post('3')).toBe(400);
  });

  test('a close packet by WebSocket closes it', async () => {
    await using client = await openEngine(service.url, 'websocket');
    await client.send('1');
    await client.closed;
  });

  test.each(transports)(
    'by %s a packet that a client may not send ends its session and no other',
    async (name) => {
      await using other = await openNamespace(service.url, name, officer);
      // No type, none that there is, open, ping, a probe without an upgrade, upgrade, noop, broken base64.
      for (const packet of ['', 'abc', '9', '🙂', '0{}', '2', '2probe', '5', '6', 'b!', 'bAQID']) {
        await using client = await openEngine(service.url, name);
        await client.send(packet, '42["ping"]');
        await client.closed;
        expect(client.all('4')).toEqual([]);
      }
      await other.send('421["ping"]');
      await other.next('431[');
    },
  );
});

/**
 * The protocol's own suite asks for a server that echoes every message, and for the numbers of its own configuration. What
 * of it cannot hold here is this; all else of it holds, and is tested in this folder.
 */
describe('what the suite of the protocol expects of its echo server', () => {
  test.each([
    ...transports.map((name) => [name, 'one text', ['4hello']] as const),
    ...transports.map((name) => [name, 'several texts', ['4test1', '4test2']] as const),
    ['polling', 'text and binary', ['4hello', 'bAQIDBA==']] as const,
    ['websocket', 'binary', [new Uint8Array([1, 2, 3, 4])]] as const,
  ])(
    'by %s no echo of %s: a message is a packet of Socket.IO, and these are none',
    async (name, _, packets) => {
      await using client = await openEngine(service.url, name);
      await client.send(...packets);
      await client.closed;
      expect(client.all('4').concat(client.all('b'))).toEqual([]);
    },
  );

  test('its keys of the handshake, with the limits of this deployment as values', async () => {
    const asked = { HEARTBEAT_MS: '5000', LIMIT_FRAME_BYTES: '100000' };
    await using configured = await startTestService({ env: asked });
    await using client = await openEngine(configured.url, 'websocket');
    expect(client.handshake).toEqual({
      sid: expect.any(String),
      upgrades: [],
      pingInterval: 5_000,
      pingTimeout: 5_000,
      maxPayload: 100_000,
    });
  });
});
