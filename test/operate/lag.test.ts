import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { ChannelView } from '../../src/operate/channels/model.ts';
import { openSse } from '../support/clients/sse-client.ts';
import type { TestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';
import { until } from '../support/until.ts';
import { operate, type Pair, publish, startPair } from './support.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair[Symbol.asyncDispose]());

const view = (service: TestService, channel: string) =>
  operate<ChannelView>(service, `channels/${encodeURIComponent(channel)}`);
const as = (userId: string) => ({ userId, role: 'officer' });
const onPhone = (service: TestService, name: string) => ({
  ...service,
  socketUrl: `${service.socketUrl}?deviceId=${name}`,
});

test('the lag of every phone is a number: live ones of all processes, and those who are away', async () => {
  const { one, other } = pair;
  await publish(one, 'hearings');
  await using _here = await joinAs(onPhone(one, 'a'), as('ana'), ['hearings']);
  await using _there = await joinAs(onPhone(other, 'b'), as('ben'), ['hearings']);
  const leaving = await joinAs(onPhone(other, 'c'), as('cleo'), ['hearings']);
  await until(async () => (await view(one, 'hearings')).lag.live === 3);
  expect((await view(one, 'hearings')).lag).toMatchObject({ sentence: '3 of 3 at the head', behind: 0 });
  await leaving.close();
  await until(async () => (await view(other, 'hearings')).lag.live === 2);
  await publish(one, 'hearings');
  await publish(one, 'hearings');
  await age(other, 'hearings', 2);
  await until(async () => (await view(other, 'hearings')).lag.atHead === 2);
  const { lag, heads } = await view(other, 'hearings');
  expect(lag).toMatchObject({ readers: 3, live: 2, atHead: 2, behind: 1, unread: false });
  expect(lag.sentence).toBe('2 of 3 at the head, 1 behind, the oldest by 2 days');
  expect(lag.furthest).toMatchObject([
    { userId: 'cleo', deviceId: 'c', sessionId: null, offset: 1, behind: 2, by: 'left' },
  ]);
  expect(Object.values(heads)).toEqual([3, 3]);
  // A person who is back, on any process, is live and no longer away.
  await using _back = await joinAs(onPhone(one, 'c'), as('cleo'), ['hearings']);
  await until(async () => (await view(other, 'hearings')).lag.sentence === '3 of 3 at the head');
});

test('a client that says what it has is behind by what it has not', async () => {
  const { one } = pair;
  await using client = await joinAs(one, as('dan'), ['cases']);
  const { position } = await publish(one, 'cases');
  const [epoch] = position.split(':');
  await client.next('note');
  client.send({ type: 'ping', positions: `cases@${epoch}:0` });
  await client.next('pong');
  const { lag } = await view(one, 'cases');
  expect(lag).toMatchObject({ readers: 1, live: 1, atHead: 0, behind: 1 });
  expect(lag.furthest).toMatchObject([{ userId: 'dan', behind: 1, by: 'told', offset: 0 }]);
  client.send({ type: 'ping', positions: `cases@${position}` });
  await client.next('pong');
  expect((await view(one, 'cases')).lag.sentence).toBe('1 of 1 at the head');
});

test('a poll leaves its position, and a session of Socket.IO or SSE what it was sent', async () => {
  const { one } = pair;
  const { position } = await publish(one, 'case:77');
  await publish(one, 'case:77');
  const poll = `/api/realtime/channels/case:77/publications?userId=gil&role=officer&since=${position}`;
  expect((await one.get(poll)).status).toBe(200);
  const { lag } = await view(one, 'case:77');
  expect(lag.sentence).toStartWith('0 of 1 at the head, 1 behind');
  expect(lag.furthest).toMatchObject([{ userId: 'gil', deviceId: 'polling', offset: 1, by: 'left' }]);
  await using _stream = await openSse(
    `${one.url}/api/realtime/stream?channels=case:77&userId=hana&role=officer`,
  );
  await until(async () => (await view(one, 'case:77')).lag.live === 1);
  expect((await view(one, 'case:77')).lag).toMatchObject({ live: 1, atHead: 1, behind: 1 });
});

test('a channel that nobody reads says so, with its head, its rate and what is kept', async () => {
  const { one } = pair;
  await publish(one, 'persons');
  const { lag, position, oldestOffset, namespace } = await view(one, 'persons');
  expect(lag).toMatchObject({ readers: 0, sentence: 'nobody reads it, and nobody who left is known' });
  expect({ oldestOffset, namespace }).toEqual({ oldestOffset: 1, namespace: 'persons' });
  expect(position).toMatch(/:1$/);
});

test('channels are listed by name, in pages, with their readers', async () => {
  const { one } = pair;
  for (const n of [1, 2, 3]) await publish(one, `case:800${n}`);
  await using _reader = await joinAs(one, as('eva'), ['case:8002']);
  interface List {
    readonly data: readonly { readonly channel: string; readonly readers: number }[];
    readonly nextCursor: string | null;
  }
  const first = await operate<List>(one, 'channels?search=case:800&limit=2');
  expect(first.data).toMatchObject([
    { channel: 'case:8001', readers: 0 },
    { channel: 'case:8002', readers: 1 },
  ]);
  const second = await operate<List>(one, `channels?search=case:800&limit=2&cursor=${first.nextCursor}`);
  expect(second).toMatchObject({ data: [{ channel: 'case:8003' }], nextCursor: null });
});

test('publications are read by position, the newest first', async () => {
  const { one } = pair;
  for (let n = 0; n < 3; n += 1) await publish(one, 'case:9');
  const read = (query: string) =>
    operate<{ data: readonly { offset: number }[]; more: boolean }>(
      one,
      `channels/case:9/publications?${query}`,
    );
  expect(await read('limit=2')).toMatchObject({ data: [{ offset: 3 }, { offset: 2 }], more: true });
  expect(await read('limit=2&before=2')).toMatchObject({ data: [{ offset: 1 }], more: false });
});

/** Makes the publications from an offset on two days old. */
async function age({ database }: TestService, channel: string, from: number): Promise<void> {
  await database.query(
    `update realtime_publications set created_at = created_at - interval '49 hours' where channel = $1 and "offset" >= $2`,
    [channel, from],
  );
}
