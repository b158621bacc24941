import { expect, test } from 'bun:test';
import { openSse, type Refused } from '../../support/clients/sse-client.ts';
import { startGatewayService } from '../../support/services/gateway-service.ts';
import { makeToken } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const bearer = async (claims = {}) => ({ authorization: `Bearer ${await makeToken(claims)}` });
const path = '/api/realtime/stream?channels=';
const refusal = (opening: Promise<unknown>) =>
  opening.then(
    () => undefined,
    (error: unknown) => error as Refused,
  );

test('the id of every event names the positions of all channels after it', async () => {
  await using service = await startGatewayService();
  await service.publishCase();
  await using client = await openSse(`${service.url}${path}hearings,cases`, await bearer());
  const [cases, hearings] = [await service.epochOf('cases'), await service.epochOf('hearings')];
  const { id, data } = await client.next('subscribed');
  expect(id).toBe(`cases@${cases}:1,hearings@${hearings}:0`);
  expect(data).toMatchObject({ position: id });
  await service.publishHearing();
  await service.publishCase();
  expect((await client.next()).id).toBe(`cases@${cases}:1,hearings@${hearings}:1`);
  expect((await client.next()).id).toBe(`cases@${cases}:2,hearings@${hearings}:1`);
});

test('while one channel is recovered, the id already holds the others back at their positions', async () => {
  await using service = await startGatewayService();
  for (let n = 0; n < 3; n++) await service.publishCase();
  await service.publishHearing();
  const [cases, hearings] = [await service.epochOf('cases'), await service.epochOf('hearings')];
  const since = `cases@${cases}:1,hearings@${hearings}:0`;
  await using client = await openSse(`${service.url}${path}cases,hearings&since=${since}`, await bearer());
  expect((await client.next('subscribed')).id).toBe(since);
  const ids = [await client.next(), await client.next(), await client.next()].map(({ id = '' }) => id);
  const seen = { cases: 1, hearings: 0 };
  for (const [index, id] of ids.entries()) {
    const { channel, offset } = (client.all()[index]?.data ?? {}) as {
      channel: 'cases' | 'hearings';
      offset: number;
    };
    seen[channel] = offset;
    expect(id).toBe(`cases@${cases}:${seen.cases},hearings@${hearings}:${seen.hearings}`);
  }
  expect(seen).toEqual({ cases: 3, hearings: 1 });
});

test('Last-Event-ID is newer than `since`; one position is enough for one channel', async () => {
  await using service = await startGatewayService();
  for (let n = 0; n < 3; n++) await service.publishHearing();
  const epoch = await service.epochOf('hearings');
  const headers = { ...(await bearer()), 'last-event-id': `hearings@${epoch}:2` };
  await using client = await openSse(`${service.url}${path}hearings&since=${epoch}:0`, headers);
  expect((await client.next()).data).toMatchObject({ offset: 3 });
  await using plain = await openSse(`${service.url}${path}hearings&since=${epoch}:1`, await bearer());
  expect((await plain.next()).data).toMatchObject({ offset: 2 });
});

test('a text that is no vector, no channels and too many of them are refused', async () => {
  await using service = await startGatewayService({ LIMIT_CHANNELS_PER_SESSION: '2' });
  const wrong: [query: string, status: number][] = [
    ['hearings&since=nonsense', 422],
    ['hearings,cases&since=abc:1', 422],
    ['hearings&since=hearings@a:1,hearings@a:2', 422],
    ['', 422],
    [',', 404],
    ['hearings,cases,persons', 429],
  ];
  for (const [query, status] of wrong) {
    expect(await refusal(openSse(`${service.url}${path}${query}`, await bearer()))).toMatchObject({ status });
  }
  expect(await service.connected()).toBe(0);
});

test('streams are counted apart from sockets; the refusal says when to come back', async () => {
  await using service = await startGatewayService({
    LIMIT_STREAMS_PER_USER: '1',
    LIMIT_SOCKETS_PER_USER: '1',
  });
  const headers = await bearer();
  await using _stream = await openSse(`${service.url}${path}hearings`, headers);
  const waiting = fetch(`${service.url}/api/realtime/channels/cases/publications?wait=60`, { headers });
  await until(async () => (await service.connected()) === 2);
  const refused = await refusal(openSse(`${service.url}${path}hearings`, headers));
  expect(refused).toMatchObject({ status: 429, code: 'too_many_connections' });
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  await service.publishCase();
  expect((await waiting).status).toBe(200);
});

test('openings and polls of a user are limited together, a service is not', async () => {
  await using service = await startGatewayService({ LIMIT_REQUESTS_PER_MINUTE: '2' });
  const headers = await bearer();
  await (await openSse(`${service.url}${path}hearings`, headers))[Symbol.asyncDispose]();
  const poll = '/api/realtime/channels/hearings/publications';
  expect((await service.get(poll, headers)).status).toBe(200);
  const refused = await service.get(poll, headers);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await service.get(poll, await bearer({ user: 'captain1' }))).status).toBe(200);
});

test('a stream beats, ends whole when its time is over, and is told how to come back', async () => {
  await using service = await startGatewayService({ STREAM_LIFETIME_MS: '1000' });
  await using client = await openSse(`${service.url}${path}hearings`, await bearer());
  expect((await client.next('subscribed')).retry).toBeGreaterThanOrEqual(1_000);
  const end = await client.next('end');
  expect(end).toMatchObject({ data: { reason: 'renew', code: 4010 }, retry: expect.any(Number) });
  expect(await client.ended).toBe(true);
  expect(client.comments()).toBeGreaterThan(3);
  expect(await service.connected()).toBe(0);
});

test('a publication whose JSON has line breaks is one line of data', async () => {
  await using service = await startGatewayService({ HEAD_CHECK_MS: '50' });
  await service.publishHearing();
  const epoch = await service.epochOf('hearings');
  await service.database.query(`update realtime_publications set data = E'{\\n"a":\\r\\n1}'::json`);
  await using client = await openSse(`${service.url}${path}hearings&since=${epoch}:0`, await bearer());
  expect((await client.next()).data).toMatchObject({ data: { a: 1 }, offset: 1 });
});

test('the log holds neither tokens of addresses nor of headers', async () => {
  await using service = await startGatewayService();
  const token = await makeToken();
  await using client = await openSse(`${service.url}${path}hearings&token=${token}`);
  await client.next('subscribed');
  const polled = await service.get(`/api/realtime/channels/hearings/publications?token=${token}`);
  expect(polled.headers.get('link')).not.toContain(token);
  expect(service.logged()).not.toContain(token);
});

test('a client that cannot set the header resumes by ?lastEventId=, which is newer than `since`', async () => {
  await using service = await startGatewayService();
  for (let n = 0; n < 3; n++) await service.publishHearing();
  const epoch = await service.epochOf('hearings');
  const address = `${service.url}${path}hearings&since=${epoch}:0&lastEventId=hearings@${epoch}:2`;
  await using client = await openSse(address, await bearer());
  expect((await client.next()).data).toMatchObject({ offset: 3 });
  await using fresh = await openSse(`${service.url}${path}hearings&lastEventId=`, await bearer());
  expect((await fresh.next('subscribed')).id).toBe(`hearings@${epoch}:3`);
});

test.each(['17', 'nonsense', 'hearings@', '\u00e9', '01a1fd65-114d-726a-9a57-756b1256fe9c'])(
  'the id %p of another server is answered by a reset of every channel, not by an end for ever',
  async (foreign) => {
    await using service = await startGatewayService();
    await service.publishHearing();
    const headers = { ...(await bearer()), 'last-event-id': foreign };
    await using client = await openSse(`${service.url}${path}hearings,cases`, headers);
    const resets = [await client.next('reset'), await client.next('reset')];
    expect(resets.map(({ data }) => (data as { channel: string }).channel).sort()).toEqual([
      'cases',
      'hearings',
    ]);
    const position = (await client.next('subscribed')).id;
    expect(position).toBe(
      `cases@${await service.epochOf('cases')}:0,hearings@${await service.epochOf('hearings')}:1`,
    );
    await service.publishHearing();
    expect((await client.next()).data).toMatchObject({ channel: 'hearings', offset: 2 });
  },
);

test('channels may be named in several parameters', async () => {
  await using service = await startGatewayService();
  await using client = await openSse(`${service.url}${path}hearings&channels=cases,persons`, await bearer());
  expect((await client.next('subscribed')).id?.split(',').map((each) => each.split('@')[0])).toEqual([
    'cases',
    'hearings',
    'persons',
  ]);
});
