import { expect, test } from 'bun:test';
import { connect } from '../../support/clients/ws-client.ts';
import { jwtMode, makeToken } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';
import { startVenues } from './support.ts';

const admin = 'boss/admin';
const rename = { name: 'The Blue Door' };

test('what was missed is told in the same words, and comes before what is live', async () => {
  await using service = await startVenues();
  const join = async () => {
    const client = await connect(`${service.teamSocketUrl}?userId=user-123`);
    expect(await client.next('subscribed')).toMatchObject({ channel: 'venue_notifications' });
    return client;
  };
  const notify = (title: string) =>
    service.post('/api/websocket', {
      action: 'notify',
      userId: 'user-123',
      data: { title, message: 'm' },
    });
  const first = await join();
  const notified = first.all('subscribed')[0]?.['position'];
  first.send({ type: 'subscribe', channel: 'venue:venue-123' });
  const { position } = await first.next('subscribed');
  await first.close();
  for (let n = 0; n < 150; n++) await service.call(admin, '/api/venues/venue-123', rename, 'PATCH');
  await notify('while away');

  await using back = await join();
  back.send({ type: 'subscribe', channel: 'venue:venue-123', since: position });
  back.send({ type: 'subscribe', channel: 'venue_notifications', since: notified });
  expect(await back.next('subscribed')).toMatchObject({ channel: 'venue:venue-123', recovered: true });
  expect(await back.next('subscribed')).toMatchObject({ channel: 'venue_notifications', recovered: true });
  await service.call(admin, '/api/venues/venue-123', rename, 'PATCH');
  await notify('live');
  for (let offset = 1; offset <= 151; offset++) {
    const missed = { type: 'broadcast', event: 'venue_update', eventType: 'updated', offset, data: rename };
    expect(await back.next('broadcast')).toMatchObject(missed);
  }
  for (const title of ['while away', 'live']) {
    const notification = { type: 'notification', channel: 'venue_notifications', data: { title } };
    expect(await back.next('notification')).toMatchObject(notification);
  }
  await settle(back);
  expect(back.all('venue_update')).toEqual([]);
});

test('both kinds of socket hear the same publication, each in its words and once', async () => {
  await using service = await startVenues();
  await using native = await joinAs(service, { userId: 'user-456' }, ['venue:venue-123']);
  await using team = await connect(`${service.teamSocketUrl}?userId=user-123`);
  team.send({ type: 'subscribe', channel: 'venue:venue-123' });
  for (const _ of [1, 2]) await team.next('subscribed');
  await service.call(admin, '/api/venues/venue-123', rename, 'PATCH');
  const { type: _type, ...item } = await native.next('venue_update');
  expect(await team.next('broadcast')).toEqual({ ...item, type: 'broadcast', event: 'venue_update' });
  await settle(native);
  await settle(team);
  expect([native.all('broadcast'), native.all('venue_update').length]).toEqual([[], 1]);
  expect([team.all('venue_update'), team.all('broadcast').length]).toEqual([[], 1]);
});

test('after unsubscribing nothing comes, and whoever is excluded is told that something was left out', async () => {
  await using service = await startVenues();
  await using author = await connect(`${service.teamSocketUrl}?userId=owner-1&role=owner`);
  author.send({ type: 'subscribe', channel: 'venue:venue-123' });
  for (const _ of [1, 2]) await author.next('subscribed');
  const own = { ...rename, excludeUserId: 'owner-1' };
  await service.call('owner-1/owner', '/api/venues/venue-123', own, 'PATCH');
  expect(await author.next('skipped')).toMatchObject({ channel: 'venue:venue-123', offset: 1, data: null });
  author.send({ type: 'unsubscribe', channel: 'venue:venue-123' });
  await author.next('unsubscribed');
  await service.call(admin, '/api/venues/venue-123', rename, 'PATCH');
  await settle(author);
  expect(author.all('broadcast')).toEqual([]);
});

test('in production only a token opens it: `?userId=` is nobody', async () => {
  await using service = await startVenues(jwtMode);
  await using claimed = await connect(`${service.teamSocketUrl}?userId=user-123`);
  claimed.send({ type: 'subscribe', channel: 'venue_updates' });
  expect(await claimed.next('error')).toMatchObject({ code: 'unauthenticated' });
  claimed.send({ type: 'auth', userId: 'user-123' });
  expect(await claimed.next('error')).toMatchObject({ code: 'invalid_token' });
  const token = await makeToken({ user: 'user-123', role: 'user' });
  await using known = await connect(`${service.teamSocketUrl}?userId=boss&token=${token}`);
  expect(await known.next('authenticated')).toMatchObject({ userId: 'user-123', role: 'user' });
  expect(await known.next('subscribed')).toMatchObject({ channel: 'venue_notifications' });
  claimed.send({ type: 'auth', token });
  expect(await claimed.next('subscribed')).toMatchObject({ channel: 'venue_notifications' });
  claimed.send({ type: 'auth', token });
  await claimed.next('authenticated');
  await settle(claimed);
  expect(claimed.all('subscribed')).toHaveLength(1);
});

test('sockets of both addresses count together against the limit of their user', async () => {
  await using service = await startVenues({ LIMIT_SOCKETS_PER_USER: '2' });
  await using _native = await joinAs(service, { userId: 'user-123' });
  await using team = await connect(`${service.teamSocketUrl}?userId=user-123`);
  await team.next('authenticated');
  await using third = await connect(`${service.teamSocketUrl}?userId=user-123`);
  expect(await third.next('error')).toMatchObject({ code: 'too_many_connections' });
  expect((await third.closed).code).toBe(4009);
});

test('the mobile client says who it is under `data`, and what stands beside it goes before', async () => {
  await using service = await startVenues();
  await using client = await connect(service.teamSocketUrl);
  client.send({ type: 'auth', id: 1, data: { userId: 'user-123', role: 'user', type: 'nonsense' } });
  expect(await client.next('authenticated')).toMatchObject({ id: 1, userId: 'user-123' });
  await using beside = await connect(service.teamSocketUrl);
  beside.send({ type: 'auth', userId: 'user-456', data: { userId: 'user-123' } });
  expect(await beside.next('authenticated')).toMatchObject({ userId: 'user-456' });
  for (const data of [null, 7, 'text', ['user-123'], {}]) {
    await using nobody = await connect(service.teamSocketUrl);
    nobody.send({ type: 'auth', data });
    expect(await nobody.next('error')).toMatchObject({ type: 'error' });
  }
  // The engine's own address has one form.
  await using native = await connect(service.socketUrl);
  native.send({ type: 'auth', data: { userId: 'user-123' } });
  await native.next('error');
});

test('a token under `data` is checked like any other', async () => {
  await using service = await startVenues(jwtMode);
  await using client = await connect(service.teamSocketUrl);
  client.send({ type: 'auth', data: { token: 'nonsense' } });
  expect(await client.next('error')).toMatchObject({ code: 'invalid_token' });
  client.send({ type: 'auth', data: { token: await makeToken({ user: 'user-123' }) } });
  expect(await client.next('authenticated')).toMatchObject({ userId: 'user-123' });
});
