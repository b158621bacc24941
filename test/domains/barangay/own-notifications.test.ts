import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { installTriggers } from '../../../src/db/triggers/triggers.ts';
import { barangayTables } from '../../../src/domains/barangay/triggers.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { foreignSchema } from '../../support/postgres/foreign-schema.ts';
import { createEmptyDatabase } from '../../support/postgres/postgres.ts';
import { type Answer, startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';

const path = '/api/barangay/notifications';

interface Notice {
  readonly id: number | string;
  readonly title: string;
  readonly isRead: boolean;
}
interface List {
  readonly data: readonly Notice[];
  readonly unread: number;
  readonly position: string;
  readonly nextCursor: string | null;
}

/** The same in our own tables, and in those of an application. */
interface Place {
  readonly owner: string;
  readonly other: string;
  readonly start: () => Promise<TestService>;
}

async function startForeign(statements: readonly string[]): Promise<TestService> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createEmptyDatabase());
  await using connection = await openTestDatabase(database.url);
  for (const statement of statements) await connection.query(statement);
  const service = opened.use(await startTestService({ database }));
  const owned = opened.move();
  return { ...service, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const places: Readonly<Record<string, Place>> = {
  'the tables of the product': { owner: 'resident7', other: 'user123', start: () => startTestService() },
  'tables with integer ids, without created_at': {
    owner: '1',
    other: '2',
    start: () => startForeign(foreignSchema()),
  },
  'tables with texts for ids': {
    owner: 'ana',
    other: 'ben',
    start: () =>
      startForeign([
        `create table users (id text primary key, name text not null, role text not null)`,
        `insert into users values ('ana', 'Ana', 'user'), ('ben', 'Ben', 'user')`,
        `create table notifications (id uuid primary key default gen_random_uuid(), user_id text not null, title text,
          message text, type text, case_id integer, is_read boolean, created_at timestamp default clock_timestamp())`,
      ]),
  },
};

describe.each(Object.keys(places))('with %s', (name) => {
  const { owner, other, start } = places[name] as Place;
  let service: TestService;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  beforeEach(async () => {
    await service.database.query('delete from notifications');
    await service.database.query('delete from realtime_mutes');
  });

  async function call(who: string, method: string, address = '', body?: object): Promise<Answer> {
    const response = await fetch(service.url + path + address, {
      method,
      headers: { 'x-user-id': who, 'x-role': 'user', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: await response.json() };
  }
  const list = async (who: string, query = '') => (await call(who, 'GET', query)).body as List;
  const titles = async (who: string, query = '') => (await list(who, query)).data.map(({ title }) => title);
  const send = (title: string, more: object = {}, userId = owner) =>
    service.post('/ws/broadcast/notification', { userId, notification: { title, message: 'm', ...more } });

  test('everybody lists their own, the newest first, in pages, with a position from the same snapshot', async () => {
    for (const title of ['one', 'two', 'three']) await send(title);
    await send('foreign', {}, other);
    expect(await titles(owner)).toEqual(['three', 'two', 'one']);
    const { unread, position, nextCursor } = await list(owner, '?limit=2');
    expect(unread).toBe(3);
    expect(await titles(owner, `?limit=2&cursor=${nextCursor}`)).toEqual(['one']);
    await using device = await joinAs(service, { userId: owner });
    device.send({ type: 'subscribe', channel: 'notifications', since: position });
    expect(await device.next('subscribed')).toMatchObject({ recovered: true });
    await send('four');
    expect(await device.next('notification')).toMatchObject({ data: { title: 'four' } });
    for (const nobody of ['nobody', '007', '01', '99999999999999999999']) {
      expect(await list(nobody)).toMatchObject({ data: [], unread: 0, position: expect.any(String) });
    }
  });

  test('marking one as read tells the other devices once, and is counted', async () => {
    await send('one');
    await send('two');
    const [two] = (await list(owner)).data;
    await using device = await joinAs(service, { userId: owner }, ['notifications']);
    const read = await call(owner, 'POST', `/${two?.id}/read`);
    expect(read).toMatchObject({
      status: 200,
      body: { success: true, data: { title: 'two', isRead: true } },
    });
    const told = await device.next('notificationRead');
    expect(told).toMatchObject({ eventType: 'read', data: { id: two?.id, isRead: true } });
    expect((read.body as List).position).toEndWith(`:${told['offset']}`);
    const again = await call(owner, 'POST', `/${two?.id}/read`);
    expect(again).toMatchObject({ status: 200, body: { data: { isRead: true } } });
    expect(again.body).not.toHaveProperty('position');
    expect(await list(owner, '?unread=true')).toMatchObject({ unread: 1, data: [{ title: 'one' }] });
  });

  test('marking all as read tells the other devices their ids', async () => {
    for (const title of ['one', 'two']) await send(title);
    await send('foreign', {}, other);
    const ids = (await list(owner)).data.map(({ id }) => id);
    await using device = await joinAs(service, { userId: owner }, ['notifications']);
    expect(await call(owner, 'POST', '/read')).toMatchObject({
      body: { success: true, data: { changed: 2 } },
    });
    const told = (await device.next('notificationRead'))['data'] as { ids: unknown[] };
    expect(new Set(told.ids)).toEqual(new Set(ids));
    expect(await list(owner)).toMatchObject({ unread: 0 });
    expect(await list(other)).toMatchObject({ unread: 1 });
    const again = await call(owner, 'POST', '/read');
    expect(again.body).toEqual({ success: true, data: { changed: 0 } });
  });

  test('deleting one tells the other devices', async () => {
    await send('one');
    const [one] = (await list(owner)).data;
    await using device = await joinAs(service, { userId: owner }, ['notifications']);
    expect(await call(owner, 'DELETE', `/${one?.id}`)).toMatchObject({
      status: 200,
      body: { success: true, position: expect.any(String) },
    });
    expect(await device.next('notificationDeleted')).toMatchObject({
      eventType: 'deleted',
      data: { id: one?.id },
    });
    expect(await titles(owner)).toEqual([]);
    expect(await call(owner, 'DELETE', `/${one?.id}`)).toMatchObject({ status: 404 });
  });

  test('nobody reads, marks or deletes what belongs to another', async () => {
    await send('one');
    const [one] = (await list(owner)).data;
    for (const who of [other, 'nobody', '007', '01']) {
      expect(await call(who, 'POST', `/${one?.id}/read`)).toMatchObject({ status: 404 });
      expect(await call(who, 'DELETE', `/${one?.id}`)).toMatchObject({ status: 404 });
      expect(await call(who, 'POST', '/read')).toMatchObject({ body: { data: { changed: 0 } } });
    }
    for (const id of ['none', '0', '-1', '1e3', '99999999999999999999', '%20', '..%2F1', `0${one?.id}`]) {
      expect({ id, ...(await call(owner, 'POST', `/${id}/read`)) }).toMatchObject({ id, status: 404 });
      expect({ id, ...(await call(owner, 'DELETE', `/${id}`)) }).toMatchObject({ id, status: 404 });
    }
    expect(await list(owner)).toMatchObject({ unread: 1 });
  });

  test('what is muted is stored and listed, and published to nobody', async () => {
    await using device = await joinAs(service, { userId: owner }, ['notifications']);
    const muted = await call(owner, 'PUT', '/mutes', { kind: 'hearing' });
    expect(muted).toMatchObject({ status: 200, body: { data: { everything: false, kinds: ['hearing'] } } });
    const quiet = await send('quiet', { type: 'hearing' });
    expect(quiet).toMatchObject({ status: 200, body: { success: true, offset: 0, delivered: 0 } });
    expect(quiet.body).not.toHaveProperty('position');
    await send('loud', { type: 'case' });
    expect(await device.next('notification')).toMatchObject({ data: { title: 'loud' } });
    expect(await titles(owner)).toEqual(['loud', 'quiet']);

    expect((await call(owner, 'PUT', '/mutes', { everything: true })).body).toMatchObject({
      data: { everything: true, kinds: ['hearing'] },
    });
    await send('quiet too', { type: 'case' });
    await send('nor this');
    expect((await call(owner, 'DELETE', '/mutes?everything=true')).body).toMatchObject({
      data: { everything: false, kinds: ['hearing'] },
    });
    expect((await call(owner, 'DELETE', '/mutes?kind=hearing')).body).toMatchObject({ data: { kinds: [] } });
    await send('loud again', { type: 'hearing' });
    expect(await device.next('notification')).toMatchObject({ data: { title: 'loud again' } });
    expect(device.all('notification')).toHaveLength(2);
    expect(await list(owner)).toMatchObject({ unread: 5 });
  });

  test('everybody mutes for themselves alone', async () => {
    await call(other, 'PUT', '/mutes', { everything: true });
    expect((await call(owner, 'GET', '/mutes')).body).toEqual({ data: { everything: false, kinds: [] } });
    expect(await send('loud')).toMatchObject({
      body: { offset: expect.any(Number), position: expect.any(String) },
    });
  });

  test('by triggers a statement of any program says the same', async () => {
    const { database } = service;
    await database.transaction((_, query) => installTriggers(query, barangayTables));
    await using device = await joinAs(service, { userId: owner }, ['notifications']);
    await call(owner, 'PUT', '/mutes', { kind: 'hearing' });
    const add = (title: string, type: string | null) =>
      database.query('insert into notifications (user_id, title, message, type) values ($1, $2, $3, $4)', [
        ...[owner, title, 'm', type],
      ]);
    await add('quiet', 'hearing');
    await database.query(`update notifications set title = 'still quiet'`);
    if (name !== 'the tables of the product') await add('of no kind', null);
    else await add('of no kind', 'general');
    expect(await device.next('notification')).toMatchObject({ data: { title: 'of no kind' } });
    await database.query(`update notifications set is_read = true where title = 'still quiet'`);
    const read = await device.next('notificationRead');
    expect(read).toMatchObject({ eventType: 'read', data: { title: 'still quiet', isRead: true } });
    await database.query('delete from notifications where id::text = $1', [
      String((read['data'] as Notice).id),
    ]);
    const gone = await device.next('notificationDeleted');
    expect(gone).toMatchObject({ eventType: 'deleted' });
    expect(gone['data']).toEqual({ id: (read['data'] as Notice).id });
    await call(owner, 'PUT', '/mutes', { everything: true });
    await add('of no kind, and quiet', 'x');
    await call(owner, 'DELETE', '/mutes?everything=true');
    await add('loud', 'x');
    expect(await device.next('notification')).toMatchObject({ data: { title: 'loud' } });
    expect(device.all('notification')).toHaveLength(2);
  });
});
