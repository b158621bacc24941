import { expect, test } from 'bun:test';
import { defineDomain } from '../../../src/extension/domain.ts';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

/** The additions of a domain for Socket.IO clients of its own: channels without asking, rooms, bare data. */
const school = defineDomain({
  name: 'lessons',
  channels: () => [
    { pattern: 'lessons', read: () => true, eventPayload: 'data' },
    { pattern: 'lesson:{id}', read: (_, id) => id !== 'secret', eventPayload: 'data' },
    { pattern: 'staffroom', read: ({ role }) => role === 'teacher' },
    { pattern: 'diary', read: () => true, personal: true, eventPayload: 'data' },
  ],
  socketIo: {
    autoSubscribe: () => ['lessons', 'staffroom', 'diary', 'lesson:secret', 'gone'],
    rooms: { lesson: 'lesson:{lessonId}' },
  },
});
const pupil = { userId: 'pupil1', role: 'pupil' };
const start = () => startTestService({ extraDomains: [school] });
const publish = (service: TestService, channel: string, data: unknown, more = {}) =>
  service.post('/api/realtime/publish', { channel, type: 'told', data, ...more });

test('whoever is identified is in the channels of their own, as far as the rules allow, and hears of no others', async () => {
  await using service = await start();
  await using client = await openSocketIo(service.url, { auth: pupil });
  expect(await client.next('subscribed')).toMatchObject({ channel: 'lessons' });
  expect(await client.next('subscribed')).toMatchObject({ channel: 'diary' });
  await client.ask('ping');
  expect([client.all('subscribed').length, client.all('error')]).toEqual([2, []]);
  await using teacher = await openSocketIo(service.url, { auth: { userId: 't', role: 'teacher' } });
  await teacher.ask('ping');
  expect(teacher.all('subscribed').map(({ channel }) => channel)).toEqual(['lessons', 'staffroom', 'diary']);
});

test('a client that named nobody and then names somebody leaves what was not theirs', async () => {
  await using service = await start();
  await using client = await openSocketIo(service.url);
  await client.ask('ping');
  expect(client.all('subscribed').map(({ channel }) => channel)).toEqual(['lessons', 'diary']);
  expect(await client.ask('authenticate', pupil)).toMatchObject({
    type: 'authenticated',
    userId: pupil.userId,
  });
  await client.ask('ping');
  expect(client.all('unsubscribed').map(({ channel }) => channel)).toEqual(['diary']);
  expect(
    client
      .all('subscribed')
      .slice(2)
      .map(({ channel }) => channel),
  ).toEqual(['lessons', 'diary']);
});

test('listeners get the data alone, whatever JSON it is, and the position behind it', async () => {
  await using service = await start();
  await using client = await openSocketIo(service.url, { auth: pupil });
  await client.ask('ping');
  for (const data of [{ a: 1 }, [1, 2], 'text', 7, null, false]) {
    await publish(service, 'lessons', data);
    const { args } = await client.nextEvent(({ name }) => name === 'told');
    expect(args).toEqual([data, expect.stringMatching(/^diary@.*,lessons@\w+:\d+$/)]);
  }
  await publish(service, 'staffroom', 1);
  await using teacher = await openSocketIo(service.url, { auth: { userId: 't', role: 'teacher' } });
  await teacher.ask('ping');
  await publish(service, 'staffroom', 2);
  expect(await teacher.next('told')).toMatchObject({ channel: 'staffroom', data: 2, offset: 2 });
});

test('a room is a channel by another name: it is joined, joined again, resumed and left', async () => {
  await using service = await start();
  await using client = await openSocketIo(service.url, { auth: pupil });
  const lessonId = 'm1';
  const first = await client.ask('subscribe:lesson', { lessonId, id: 'a' });
  expect(first).toMatchObject({ type: 'subscribed', id: 'a', channel: 'lesson:m1' });
  expect(await client.ask('subscribe:lesson', { lessonId })).toMatchObject({ position: first['position'] });
  await publish(service, 'lesson:m1', 'one');
  await client.nextEvent(({ name, args }) => name === 'told' && args[0] === 'one');
  await client.ask('unsubscribe:lesson', { lessonId });
  await publish(service, 'lesson:m1', 'two');
  const again = await client.ask('subscribe:lesson', { lessonId, since: first['position'] });
  expect(again).toMatchObject({ recovered: true });
  await client.ask('ping');
  expect(client.all('told') as unknown[]).toEqual(['one', 'one', 'two']);
  expect(await client.ask('subscribe:lesson', { lessonId: 'secret' })).toMatchObject({ code: 'forbidden' });
  expect(await client.ask('subscribe:lesson', {})).toMatchObject({ code: 'invalid_frame' });
});

test('a client that subscribes again while it is still being recovered has everything once, in order', async () => {
  await using service = await start();
  await using relay = await startTcpRelay(service.url);
  // A packet that waits for the next poll holds the recovery back: the second subscribe overtakes it.
  await using client = await openSocketIo(`http://127.0.0.1:${relay.port}`, {
    auth: pupil,
    transports: ['polling'],
  });
  const { socket } = client;
  await client.ask('subscribe:lesson', { lessonId: 'm1' });
  socket.on('connect', () => socket.emit('subscribe:lesson', { lessonId: 'm1' }));
  const padding = 'x'.repeat(4_000);
  let published = 0;
  const told = () => client.all('told').map((data) => Number(data['n']));
  for (let round = 0; round < 2; round++) {
    await publish(service, 'lesson:m1', { n: published++ });
    await until(() => told().length === published);
    relay.cut();
    for (let n = 0; n < 3; n++) {
      const publications = Array.from({ length: 100 }, () => ({
        channel: 'lesson:m1',
        type: 'told',
        data: { n: published++, padding },
      }));
      await service.post('/api/realtime/publish/batch', { publications });
    }
    await until(() => told().length >= published);
  }
  await publish(service, 'lesson:m1', { n: published++ });
  await until(() => told().length >= published);
  expect(told()).toEqual(Array.from({ length: published }, (_, n) => n));
});
