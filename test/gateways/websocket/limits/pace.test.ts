import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type VariableName, variableNames } from '../../../../src/config/variables.ts';
import { connect, type WsClient } from '../../../support/clients/ws-client.ts';
import type { TestDatabase } from '../../../support/postgres/postgres.ts';
import { createSeededDatabase } from '../../../support/services/gateway-service.ts';
import { startTestService, type TestService } from '../../../support/services/service.ts';
import { joinAs, settle } from '../../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };

let database: TestDatabase;
beforeAll(async () => {
  database = await createSeededDatabase();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const start = (env: Record<string, string> = {}) => startTestService({ database, env });
const casesUpTo = (count: number) => Array.from({ length: count }, (_, n) => `case:${n + 1}`);

/** Resolves with the replies to the requests with these ids, whatever else comes. */
async function answersTo(client: WsClient, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { id, type } = await client.next();
    if (id !== undefined) seen.push(type);
  }
  return seen;
}

/** Smallest values that are allowed; a limit that is not of sessions is left alone. */
const edges: Partial<Record<VariableName, string>> = {
  LIMIT_SOCKETS_PER_USER: '1',
  LIMIT_STREAMS_PER_USER: '1',
  LIMIT_REQUESTS_PER_MINUTE: '1',
  LIMIT_FRAMES_PER_MINUTE: '1',
  LIMIT_ERRORS_PER_MINUTE: '1',
  LIMIT_CHANNELS_PER_SESSION: '1',
  LIMIT_FRAME_BYTES: '16384',
  LIMIT_SEND_BUFFER_BYTES: '65536',
  LIMIT_SEND_BUFFERS_TOTAL_BYTES: '1048576',
  LIMIT_PUBLICATION_BYTES: '1024',
  LIMIT_UPLOADS_PER_HOUR: '1',
  LIMIT_DAILY_UPLOAD_BYTES: '1',
};
const together = { LIMIT_SEND_BUFFER_BYTES: { LIMIT_PUBLICATION_BYTES: '32768' } } as Partial<
  Record<VariableName, Record<string, string>>
>;

test('every limit has an edge that is tried', () => {
  expect(Object.keys(edges).sort()).toEqual(variableNames.filter((name) => name.startsWith('LIMIT_')).sort());
});

test.each([undefined, ...(Object.keys(edges) as VariableName[])])(
  'a client takes all the channels it is allowed in one burst, with the edge of %s',
  async (name) => {
    await using service = await start(name && { [name]: edges[name] ?? '', ...together[name] });
    const channels = casesUpTo(name === 'LIMIT_CHANNELS_PER_SESSION' ? 1 : 128);
    await expectSubscribed(service, channels, (client) => {
      for (const channel of channels) client.send({ type: 'subscribe', channel, id: channel });
    });
    // With long names, all of them may be more than a frame holds.
    await expectSubscribed(service, channels, (client) => {
      const each = channels.map((channel) => ({ channel, since: 'some:0' }));
      client.send({ type: 'subscribe', channels: each, id: 'all' });
    });
  },
);

async function expectSubscribed(
  service: TestService,
  channels: readonly string[],
  ask: (client: WsClient) => void,
): Promise<void> {
  const client = await connect(service.socketUrl);
  client.send({ type: 'auth', ...officer });
  ask(client);
  for (const channel of channels) expect(await client.next('subscribed')).toMatchObject({ channel });
  expect(client.all('error')).toEqual([]);
  await client.close();
  await service.nextLog('socket closed');
}

test('as many other frames as are allowed are answered in the same burst', async () => {
  await using service = await start();
  await using client = await connect(service.socketUrl);
  client.send({ type: 'auth', ...officer, id: 0 });
  for (let id = 1; id < 100; id++) client.send({ type: 'ping', id });
  for (const channel of casesUpTo(128)) client.send({ type: 'subscribe', channel, id: channel });
  const answers = await answersTo(client, 100 + 128);
  expect(answers.filter((type) => type === 'subscribed')).toHaveLength(128);
  expect(answers).not.toContain('error');
});

test('a page that leaves and takes up its channels at every message is never left without them', async () => {
  await using service = await start();
  await using page = await joinAs(service, officer, ['hearings', 'cases', 'notifications']);
  const channels = ['hearings', 'cases', 'notifications'];
  const rounds = 100;
  for (let round = 0; round < rounds; round++) {
    for (const type of ['unsubscribe', 'subscribe']) {
      for (const channel of channels) page.send({ type, channel, id: `${round} ${channel}` });
    }
  }
  const answers = await answersTo(page, rounds * 6);
  expect(answers).not.toContain('error');
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
  expect(await page.next('hearing_update')).toMatchObject({ eventType: 'updated' });
});

test('frames a little too fast wait, in their order, and none is refused', async () => {
  await using service = await start({ LIMIT_FRAMES_PER_MINUTE: '600', LIMIT_ERRORS_PER_MINUTE: '1' });
  await using client = await joinAs(service, officer);
  const startedAt = performance.now();
  for (let id = 0; id < 604; id++) client.send({ type: 'ping', id });
  client.send({ type: 'unsubscribe', channel: 'hearings', id: 604 });
  client.send({ type: 'subscribe', channel: 'hearings', id: 605 });
  for (let id = 0; id < 604; id++) expect(await client.next('pong')).toMatchObject({ id });
  expect(await client.next('unsubscribed')).toMatchObject({ id: 604 });
  expect(await client.next('subscribed')).toMatchObject({ id: 605 });
  // 600 at once, of which auth took one; then ten a second.
  expect(performance.now() - startedAt).toBeGreaterThan(400);
  expect(client.all('error')).toEqual([]);
});

test('what was legal before a flood is answered, and the flood is ended with 4008', async () => {
  await using service = await start();
  await using client = await connect(service.socketUrl);
  client.send({ type: 'auth', ...officer });
  for (const channel of casesUpTo(128)) client.send({ type: 'subscribe', channel, id: channel });
  for (let id = 0; id < 10_000; id++) client.send({ type: 'ping', id });
  expect((await client.closed).code).toBe(4008);
  expect(client.all('subscribed')).toHaveLength(128);
  expect(client.all('pong').length).toBeLessThanOrEqual(100);
  expect(client.all('error')).toEqual([
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: expect.any(Number) }),
  ]);
});

test('each channel of one subscribe is answered by itself, and its errors cost as one', async () => {
  await using service = await start({ LIMIT_ERRORS_PER_MINUTE: '1' });
  await using client = await joinAs(service, officer);
  const unknown = Array.from({ length: 30 }, (_, n) => ({ channel: `nowhere:${n}` }));
  const channels = [
    { channel: 'hearings' },
    ...unknown,
    { channel: 'cases', since: 'nonsense' },
    { channel: 'persons' },
  ];
  client.send({ type: 'subscribe', channels, id: 'all' });
  expect(await answersTo(client, 33)).toEqual(['subscribed', ...Array(31).fill('error'), 'subscribed']);
  const errors = client.all('error');
  expect(errors[0]).toMatchObject({ id: 'all', channel: 'nowhere:0', code: 'unknown_channel' });
  expect(errors[30]).toMatchObject({ id: 'all', channel: 'cases', code: 'invalid_frame' });
  await settle(client);
});

test.each([
  { type: 'subscribe' },
  { type: 'subscribe', channels: [] },
  { type: 'subscribe', channel: 'hearings', channels: [{ channel: 'cases' }] },
  { type: 'subscribe', channels: [{ channel: 'cases' }], since: 'some:0' },
  { type: 'subscribe', channels: ['cases'] },
])('%j is no frame', async (frame) => {
  await using service = await start();
  await using client = await joinAs(service, officer);
  client.send({ ...frame, id: 1 });
  expect(await client.next('error')).toMatchObject({ id: 1, code: 'invalid_frame' });
  expect(client.all('subscribed')).toEqual([]);
});
