import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { OPCODE, openRawWebSocket, type RawWebSocket } from '../support/clients/raw-websocket.ts';
import { connect, type WsClient } from '../support/clients/ws-client.ts';
import { openDomain } from '../support/services/open-domain.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

/** R4: one client cannot harm the others. */

let service: TestService;

/** For the tests of one `describe`. */
function serve(env: Record<string, string>): void {
  beforeAll(async () => {
    service = await startTestService({
      extraDomains: [openDomain],
      env: { LIMIT_FRAMES_PER_MINUTE: '1000000', ...env },
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());
}

async function subscriber(userId: string, channel: string): Promise<WsClient> {
  const client = await connect(`${service.socketUrl}?userId=${userId}&role=user`, { implementation: 'ws' });
  await client.next('authenticated');
  client.send({ type: 'subscribe', channel });
  await client.next('subscribed');
  return client;
}

async function rawSubscriber(userId: string, channel: string): Promise<RawWebSocket> {
  const client = await openRawWebSocket(`${service.socketUrl}?userId=${userId}&role=user`);
  client.send(OPCODE.text, JSON.stringify({ type: 'subscribe', channel }));
  await until(() => client.all(OPCODE.text).some(({ payload }) => payload.includes('"subscribed"')));
  return client;
}

const size = 50_000;
const count = 400;

/** Publishes `count` large publications, each once the one before is in the log. */
async function flood(publisher: WsClient, channel: string): Promise<void> {
  const data = 'x'.repeat(size);
  for (let n = 0; n < count; n++) {
    publisher.send({ type: 'publish', channel, publicationType: 'load', data });
    await publisher.next('published');
  }
}

const connectedClients = async () =>
  ((await service.get('/ws/status')).body as { connectedClients: number }).connectedClients;

describe('a reader that stops reading', () => {
  serve({ LIMIT_SEND_BUFFER_BYTES: '262144', LIMIT_PUBLICATION_BYTES: '65536' });

  test('loses its socket with 4003 while the others get everything in order', async () => {
    await using publisher = await subscriber('publisher', 'open:quiet');
    await using healthy = await subscriber('healthy', 'open:flood');
    await using slow = await rawSubscriber('slow', 'open:flood');
    const ended = () => service.logged().split('slow reader disconnected').length;
    const before = ended();
    slow.pause();
    const flooding = flood(publisher, 'open:flood');
    // At once: a reader that leaves its close frame unread for two seconds is cut.
    await until(() => ended() > before);
    slow.resume();
    expect((await slow.closed).code).toBe(4003);
    await flooding;
    const last = await (async () => {
      for (;;) {
        const frame = await healthy.next('load');
        if (frame['offset'] === count) return frame;
      }
    })();
    expect(last['offset']).toBe(count);
    const offsets = healthy.all('load').map((frame) => frame['offset']);
    expect(offsets).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  });

  test('and never reads again is cut off, and holds no memory', async () => {
    await using publisher = await subscriber('publisher', 'open:quiet');
    await using slow = await rawSubscriber('stuck', 'open:stuck');
    // The clients of the test before may take a moment to go.
    await until(async () => (await connectedClients()) === 2);
    slow.pause();
    await flood(publisher, 'open:stuck');
    await until(async () => (await connectedClients()) === 1);
  });

  test('comes back with its position and misses nothing', async () => {
    await using publisher = await subscriber('publisher', 'open:quiet');
    await flood(publisher, 'open:missed');
    await using client = await connect(`${service.socketUrl}?userId=back&role=user`);
    client.send({ type: 'sync_request', channel: 'open:missed', limit: 1 });
    const { position } = await client.next('sync_response');
    client.send({ type: 'subscribe', channel: 'open:missed', since: position });
    expect(await client.next('subscribed')).toMatchObject({ recovered: true });
    const offsets: unknown[] = [];
    for (let n = 2; n <= count; n++) offsets.push((await client.next('load'))['offset']);
    expect(offsets).toEqual(Array.from({ length: count - 1 }, (_, n) => n + 2));
  });
});

describe('a peer that has vanished', () => {
  serve({ HEARTBEAT_MS: '1000' });

  test('is found under traffic by its missing pong and closed with 4004; one that answers stays', async () => {
    await using healthy = await subscriber('alive', 'open:traffic');
    // Reads, but replies to no ping: the look of a phone out of reach once its packets stop.
    await using silent = await rawSubscriber('silent', 'open:traffic');
    let done = false;
    const traffic = (async () => {
      while (!done) {
        healthy.send({ type: 'publish', channel: 'open:traffic', publicationType: 'load', data: 1 });
        await healthy.next('published');
        await healthy.next('load');
      }
    })();
    const close = await silent.next(OPCODE.close);
    expect(close.payload.readUInt16BE()).toBe(4004);
    expect(silent.all(OPCODE.ping).length).toBeGreaterThan(0);
    done = true;
    await traffic;
    healthy.send({ type: 'ping' });
    await healthy.next('pong');
  });

  test('without a word is found as well when nothing is sent to it', async () => {
    await using silent = await rawSubscriber('mute', 'open:nothing');
    const close = await silent.next(OPCODE.close);
    expect(close.payload.readUInt16BE()).toBe(4004);
    await until(async () => (await connectedClients()) === 0);
  });
});
