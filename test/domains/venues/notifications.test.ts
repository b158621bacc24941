import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import { joinAs, settle } from '../../support/services/session.ts';
import { startVenues, type Venues } from './support.ts';

const path = '/api/notifications';
const guest = 'user-123';
const other = 'user-456';

let service: Venues;
beforeAll(async () => {
  service = await startVenues();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  await service.database.query('delete from venues.notifications');
  await service.database.query('delete from realtime_mutes');
});

const send = (title: string, type = 'general', userId = guest) =>
  service.post('/api/websocket', { action: 'notify', userId, data: { title, message: 'm', type } });
const inbox = async (who = guest, query = '') =>
  (await service.call(who, `${path}/inbox${query}`)).body as {
    readonly data: readonly { readonly id: string; readonly title: string; readonly readAt: string | null }[];
    readonly unread: number;
  };
const listen = (userId = guest) => joinAs(service, { userId }, ['venue_notifications']);

test('marking one as read tells the other devices once, and is counted', async () => {
  await send('one');
  await send('two');
  const [two] = (await inbox()).data;
  await using device = await listen();
  await using stranger = await listen(other);
  const read = await service.call(guest, `${path}/${two?.id}/read`, undefined, 'POST');
  expect(read).toMatchObject({ status: 200, body: { data: { title: 'two' } } });
  const told = await device.next('notificationRead');
  const { readAt } = (read.body as { data: { readAt: string } }).data;
  expect(told['data']).toEqual({ id: two?.id, readAt });
  expect(told['eventType']).toBe('read');
  expect((read.body as { position: string }).position).toEndWith(`:${told['offset']}`);
  const again = await service.call(guest, `${path}/${two?.id}/read`, undefined, 'POST');
  expect(again).toMatchObject({ status: 200 });
  expect(again.body).not.toHaveProperty('position');
  expect((await service.call(other, `${path}/${two?.id}/read`, undefined, 'POST')).status).toBe(404);
  const left = await inbox(guest, '?unread=true');
  expect(left.data.map(({ title }) => title)).toEqual(['one']);
  expect(left.unread).toBe(1);
  await settle(stranger);
  expect(stranger.all('notificationRead')).toEqual([]);
});

test('a large one is stored whole, and told cut', async () => {
  const text = 'x'.repeat(140_000);
  await using device = await listen();
  const data = { title: 'large', message: 'm', data: { text } };
  const sent = await service.post('/api/websocket', { action: 'notify', userId: guest, data });
  expect(sent.status).toBe(200);
  expect((await inbox()).data).toMatchObject([{ title: 'large', data: { text } }]);
  const told = (await device.next('notification'))['data'] as { readonly data: { readonly text: string } };
  expect(told).toMatchObject({ title: 'large', truncated: true });
  expect(text).toStartWith(told.data.text);
});

test('marking all as read tells their ids, and leaves those of others', async () => {
  for (const title of ['one', 'two']) await send(title);
  await send('foreign', 'general', other);
  const ids = (await inbox()).data.map(({ id }) => id);
  await using device = await listen();
  const all = () => service.call(guest, `${path}/read`, undefined, 'POST');
  expect((await all()).body).toMatchObject({ success: true, data: { changed: 2 } });
  const told = (await device.next('notificationRead'))['data'] as { ids: string[] };
  expect(told.ids.toSorted()).toEqual(ids.toSorted());
  expect((await all()).body).toEqual({ success: true, data: { changed: 0 } });
  expect((await inbox(other)).unread).toBe(1);
});

test('what was deleted is told to the devices of its person, who alone may', async () => {
  await send('one');
  const [one] = (await inbox()).data;
  await using device = await listen();
  const remove = (who: string) => service.call(who, `${path}/${one?.id}`, undefined, 'DELETE');
  expect((await remove(other)).status).toBe(404);
  expect(await remove(guest)).toMatchObject({ status: 200, body: { success: true } });
  const told = await device.next('notificationDeleted');
  expect([told['eventType'], told['data']]).toEqual(['deleted', { id: one?.id }]);
  expect((await remove(guest)).status).toBe(404);
  expect((await inbox()).data).toEqual([]);
});

test('a poll has the notifications, and nothing of what was marked or deleted', async () => {
  const { headers } = await service.call(guest, path);
  await send('one');
  const [one] = (await inbox()).data;
  await service.call(guest, `${path}/${one?.id}/read`, undefined, 'POST');
  await service.call(guest, `${path}/${one?.id}`, undefined, 'DELETE');
  const polled = await service.call(guest, `${path}?since=${headers.get('x-position')}`);
  expect((polled.body as { title: string }[]).map(({ title }) => title)).toEqual(['one']);
  const later = await service.call(guest, `${path}?since=${polled.headers.get('x-position')}`);
  expect(later.body).toEqual([]);
});

test('what is muted is stored and listed, and published to nobody', async () => {
  await using device = await listen();
  await using stranger = await listen(other);
  const mutes = `${path}/mutes`;
  const muted = await service.call(guest, mutes, { kind: 'promotion' }, 'PUT');
  expect(muted.body).toEqual({ success: true, data: { everything: false, kinds: ['promotion'] } });
  const quiet = await send('quiet', 'promotion');
  expect(quiet.body).toEqual({ success: true, channel: 'venue_notifications', offset: 0, delivered: 0 });
  await send('for another', 'promotion', other);
  expect(await stranger.next('notification')).toMatchObject({ data: { title: 'for another' } });
  await send('loud');
  expect(await device.next('notification')).toMatchObject({ data: { title: 'loud' } });
  await service.call(guest, mutes, { everything: true }, 'PUT');
  await send('quiet too');
  await service.call(guest, `${mutes}?everything=true`, undefined, 'DELETE');
  await service.call(guest, `${mutes}?kind=promotion`, undefined, 'DELETE');
  await send('loud again', 'promotion');
  expect(await device.next('notification')).toMatchObject({ data: { title: 'loud again' } });
  expect(device.all('notification')).toHaveLength(2);
  expect((await inbox()).unread).toBe(4);
});

test('a person mutes a hundred kinds and no more, and everything at any time', async () => {
  const mute = (body: object) => service.call(guest, `${path}/mutes`, body, 'PUT');
  await service.database.query(`insert into realtime_mutes (user_id, namespace, kind)
    select 'user-123', 'venue_notifications', n::text from generate_series(1, 99) n`);
  expect((await mute({ kind: '100' })).status).toBe(200);
  expect(await mute({ kind: 'one more' })).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect((await mute({ kind: '100' })).status).toBe(200);
  expect(await mute({ everything: true })).toMatchObject({
    status: 200,
    body: { data: { everything: true } },
  });
  for (const wrong of [
    {},
    { kind: '' },
    { kind: 'x', everything: true },
    { everything: false },
    { type: 'x' },
  ]) {
    expect({ wrong, ...(await mute(wrong)) }).toMatchObject({ wrong, status: 422 });
  }
});
