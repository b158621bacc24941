import { afterAll, beforeAll, expect, test } from 'bun:test';
import { deliveriesWaiting } from '../../../src/tracking/channels.ts';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { openSse } from '../../support/clients/sse-client.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { joinAs, settle } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';
import {
  amina,
  brian,
  daniel,
  esther,
  greenfield,
  joseph,
  mary,
  type Person,
  riverside,
  ruth,
  type School,
  samuel,
  startSchool,
} from './support.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool({ LIMIT_SOCKETS_PER_USER: '50' });
  await school.database.query(
    `update realtime_event_types set max_attempts = 3, methods = '{websocket}' where name = 'payment_received'`,
  );
});
afterAll(() => school[Symbol.asyncDispose]());

/** Raises an event for one person. */
async function raise({ userId }: Person, title: string, eventType = 'custom_notification'): Promise<string> {
  const input = { schoolId: greenfield, targetUserIds: [userId], eventType, title, message: 'm' };
  const { body } = await school.call(undefined, 'POST', '/hooks/custom', input);
  return (body as { data: { eventId: string } }).data.eventId;
}

const deliveryOf = async (eventId: string) =>
  (await school.database.query('select * from realtime_event_deliveries where event_id = $1', [eventId]))[0];

const statusBecomes = (eventId: string, status: string) =>
  until(async () => (await deliveryOf(eventId))?.['status'] === status);

/** The pause before the second attempt at an event that is not acknowledged, of events that are raised from now on. */
const retryAfter = (ms: number) =>
  school.database.query(
    `update realtime_event_types set retry_interval_ms = $1 where name = 'payment_received'`,
    [ms],
  );

/** Makes the next attempt at an event due, and tells the worker of it. */
const nextAttempt = (eventId: string) =>
  school.database.query(
    `with due as (update realtime_event_deliveries set next_attempt_at = now()
       where event_id = $1 and next_attempt_at is not null)
     select pg_notify($2, '')`,
    [eventId, deliveriesWaiting],
  );

/** Returns when every attempt at a connected person who says nothing has been made. */
async function attemptsPass(): Promise<void> {
  await retryAfter(100);
  await using _silent = await joinAs(school, ruth, ['realtime_events']);
  const eventId = await raise(ruth, 'nobody answers', 'payment_received');
  await statusBecomes(eventId, 'failed');
}

type Titled = { readonly title: string; readonly attempt: number };

/** The ways to come back without a position, and the events that are then heard. */
const returns: Readonly<Record<string, (who: Person, count: number) => Promise<Titled[]>>> = {
  async websocket(who, count) {
    await using client = await joinAs(school, who, ['realtime_events']);
    const heard: Titled[] = [];
    while (heard.length < count) heard.push((await client.next('realtime_event'))['data'] as Titled);
    return heard;
  },
  async 'socket.io'(who, count) {
    await using client = await openSocketIo(school.url, { auth: { ...who } });
    const heard: Titled[] = [];
    while (heard.length < count) heard.push((await client.next('realtime_event')) as unknown as Titled);
    return heard;
  },
  async polling(who, count) {
    await using client = await openSocketIo(school.url, { auth: { ...who }, transports: ['polling'] });
    const heard: Titled[] = [];
    while (heard.length < count) heard.push((await client.next('realtime_event')) as unknown as Titled);
    return heard;
  },
  async sse({ userId, role }, count) {
    const query = `channels=realtime_events&userId=${userId}&role=${role}`;
    await using stream = await openSse(`${school.url}/api/realtime/stream?${query}`);
    const heard: Titled[] = [];
    while (heard.length < count) {
      const { data } = await stream.next('message');
      const { type, data: event } = data as { type: string; data: Titled };
      if (type === 'realtime_event') heard.push(event);
    }
    return heard;
  },
};

test('who comes back without a position hears in order what was sent while they were away, on every transport', async () => {
  const people = { websocket: mary, 'socket.io': brian, polling: esther, sse: daniel };
  const ids: string[] = [];
  for (const who of Object.values(people)) {
    ids.push(await raise(who, 'one'), await raise(who, 'two', 'payment_received'), await raise(who, 'three'));
  }
  await attemptsPass();
  for (const id of ids) {
    const expected = { status: 'sent', attempts: 0, awaits_connection: true, next_attempt_at: null };
    expect(await deliveryOf(id)).toMatchObject(expected);
  }
  const expected = ['one', 'two', 'three'].map((title) => ({ title, attempt: 1 }));
  for (const [transport, who] of Object.entries(people)) {
    expect(await returns[transport]?.(who, 3)).toMatchObject(expected);
  }
  const needsNoAnswer = ids.filter((_, index) => index % 3 !== 1);
  for (const id of needsNoAnswer) {
    expect(await deliveryOf(id)).toMatchObject({
      attempts: 1,
      awaits_connection: false,
      next_attempt_at: null,
    });
  }
});

test('who never acknowledges hears an event once on a connection, and again on another one', async () => {
  await using desk = await joinAs(school, joseph, ['realtime_events']);
  await using page = await openSocketIo(school.url, { auth: { ...joseph } });
  await using stream = await openSse(
    `${school.url}/api/realtime/stream?channels=realtime_events&userId=${joseph.userId}&role=parent`,
  );
  // No attempt is made by time alone, or all of them could have passed before another connection is there.
  await retryAfter(3_600_000);
  const eventId = await raise(joseph, 'fees', 'payment_received');
  await until(async () => (await deliveryOf(eventId))?.['attempts'] === 1);
  await using late = await joinAs(school, joseph, ['realtime_events']);
  await nextAttempt(eventId);
  const second = await late.next('realtime_event');
  expect(second).toMatchObject({ data: { title: 'fees', attempt: 2 } });
  await until(async () => {
    await nextAttempt(eventId);
    return (await deliveryOf(eventId))?.['status'] === 'failed';
  });
  const last = await raise(joseph, 'last');
  for (const client of [desk, late]) {
    await until(() => client.all('realtime_event').some(({ data }) => (data as { id: string }).id === last));
    const heard = client.all('realtime_event').map((frame) => (frame['data'] as { id: string }).id);
    expect(heard).toEqual([eventId, last]);
  }
  await page.nextEvent(({ args: [event] }) => (event as { id?: string } | undefined)?.id === last);
  expect(page.all('realtime_event').map((event) => event['id'])).toEqual([eventId, last]);
  await until(() => stream.all().some(({ data }) => JSON.stringify(data).includes(last)));
  const streamed = stream.all().filter(({ data }) => (data as { type?: string }).type === 'realtime_event');
  expect(streamed).toHaveLength(2);
});

for (const transports of [['websocket'], ['polling']]) {
  test(`the callback of an event over ${transports} says that it arrived, and recovery goes on from it`, async () => {
    await using page = await openSocketIo(school.url, {
      auth: { ...joseph, deviceId: 'page-1' },
      transports,
    });
    page.socket.on('realtime_event', (_event: unknown, last: unknown) => {
      if (typeof last === 'function') last();
    });
    const eventId = await raise(joseph, 'fees', 'payment_received');
    await statusBecomes(eventId, 'delivered');
    const row = await deliveryOf(eventId);
    expect(row).toMatchObject({ awaits_connection: false, next_attempt_at: null });
    expect(Object.keys(row?.['device_acks'] as object)).toEqual(['page-1']);
    // An announcement awaits nothing: its last argument is the position, as ever.
    await school.call(ruth, 'POST', '/broadcast/school', { title: 'News', message: 'm' });
    const news = await page.nextEvent(({ args: [event] }) => (event as Titled | undefined)?.title === 'News');
    expect(news.args.at(-1)).toBeString();
    page.socket.io.engine.close();
    await page.nextEvent(
      ({ name, args }) => name === 'connect' && Bun.deepMatch({ recovered: true }, args[0] as object),
    );
    const last = await raise(joseph, 'last');
    await page.nextEvent(({ args: [event] }) => (event as { id?: string } | undefined)?.id === last);
    const titles = page.all('realtime_event').map(({ title }) => title);
    expect(titles).toEqual(['fees', 'News', 'last']);
  });

  test(`a director who is recovered over ${transports} is in the school they had turned to`, async () => {
    const tenants = [greenfield, riverside];
    await using desk = await openSocketIo(school.url, { auth: { ...amina, tenants }, transports });
    await desk.ask('switch_context', { schoolId: riverside });
    desk.socket.io.engine.close();
    await desk.nextEvent(
      ({ name, args }) => name === 'connect' && Bun.deepMatch({ recovered: true }, args[0] as object),
    );
    const news = (who: Person, title: string) =>
      school.call(who, 'POST', '/broadcast/school', { title, message: 'm' });
    await news(ruth, 'of Greenfield');
    await news(samuel, 'of Riverside');
    await desk.nextEvent(({ args: [event] }) => (event as Titled | undefined)?.title === 'of Riverside');
    expect(desk.all('realtime_event').map(({ title }) => title)).not.toContain('of Greenfield');
    expect(await desk.ask('subscribe', `realtime_announcements:${greenfield}`)).toMatchObject({
      code: 'forbidden',
    });
  });
}

test('a native socket names its context when it authenticates, and no school that is not theirs', async () => {
  await using client = await connect(school.socketUrl);
  client.send({ type: 'auth', ...amina, context: riverside });
  await client.next('authenticated');
  client.send({ type: 'subscribe', channel: `realtime_announcements:${greenfield}` });
  expect(await client.next('error')).toMatchObject({ code: 'forbidden' });
  await using stranger = await connect(school.socketUrl);
  stranger.send({ type: 'auth', ...joseph, context: riverside });
  await stranger.next('authenticated');
  stranger.send({ type: 'subscribe', channel: `realtime_announcements:${riverside}` });
  expect(await stranger.next('error')).toMatchObject({ code: 'forbidden' });
  stranger.send({ type: 'subscribe', channel: `realtime_announcements:${greenfield}` });
  await stranger.next('subscribed');
  await settle(stranger);
});
