import { expect, test } from 'bun:test';
import io from 'socket.io-client';
import { jwtMode, makeToken } from '../../support/services/service.ts';
import { brian, esther, inboxOf, jane, joseph, ruth, sendTo, startSchool } from './support.ts';

const closure = {
  title: 'School Closure',
  message: 'School will be closed tomorrow due to weather',
  priority: 'urgent',
  targetRoles: ['parent', 'student', 'teacher'],
};

test('the document’s client, with its token alone, prints the title of the document’s broadcast', async () => {
  await using school = await startSchool(jwtMode);
  const userToken = await makeToken({ user: 'user1-uuid', role: 'parent', tenants: ['school-uuid'] });
  const socket = io(school.url, {
    auth: { token: userToken },
  });
  using _socket = { [Symbol.dispose]: () => void socket.disconnect() };
  const { promise: printed, resolve } = Promise.withResolvers<string>();
  socket.on('realtime_event', (event) => {
    resolve(`New notification: ${event.title}`);
  });
  await new Promise((done) => socket.on('subscribed', done));
  const authorization = `Bearer ${await makeToken({ user: 'principal-1', role: 'principal', tenants: ['school-uuid'] })}`;
  const answer = await school.post('/api/v1/realtime/broadcast/school', closure, { authorization });
  expect(answer).toMatchObject({ status: 200, body: { success: true, data: { recipients: 5 } } });
  expect(await printed).toBe('New notification: School Closure');
});

test('a broadcast to roles reaches those who have one of them at that school, and nobody else', async () => {
  await using school = await startSchool();
  await school.call(ruth, 'POST', '/broadcast/school', closure);
  for (const reached of [joseph, brian, esther]) {
    expect((await inboxOf(school, reached)).data).toMatchObject([
      { title: 'School Closure', status: 'sent' },
    ]);
  }
  for (const other of [ruth, jane]) expect((await inboxOf(school, other)).data).toEqual([]);
});

test('a broadcast without roles is announced to everybody at the school, who read it by position', async () => {
  await using school = await startSchool();
  await using parent = await school.open(joseph);
  await using stranger = await school.open(jane);
  const { targetRoles: _, ...everybody } = closure;
  const answer = await school.call(ruth, 'POST', '/broadcast/school', everybody);
  expect(answer).toMatchObject({
    status: 200,
    body: { data: { deliveryMode: 'channel', recipients: null } },
  });
  expect(await parent.next('realtime_event')).toMatchObject({
    title: 'School Closure',
    tenantId: 'school-uuid',
  });
  const inbox = await inboxOf(school, brian);
  expect(inbox).toMatchObject({ data: [{ status: 'sent' }], unread: { count: 0, announcements: 1 } });
  await school.call(brian, 'PUT', `/events/${inbox.data[0]?.['id']}/read`);
  expect(await inboxOf(school, brian)).toMatchObject({
    data: [{ status: 'read' }],
    unread: { announcements: 0 },
  });
  await stranger.ask('ping', {});
  expect(stranger.all('realtime_event')).toEqual([]);
});

test('both devices of a person get an event, and what one of them reads the other hears of', async () => {
  await using school = await startSchool();
  await using phone = await school.open(joseph, { deviceId: 'phone' });
  await using tablet = await school.open(joseph, { deviceId: 'tablet' });
  const [eventId] = await sendTo(school, joseph, ['Trip']);
  for (const device of [phone, tablet]) {
    expect(await device.next('realtime_event')).toMatchObject({ id: eventId, title: 'Trip' });
    expect(await device.next('unread_count')).toMatchObject({ count: 1, version: 1 });
  }
  const delivered = await phone.ask('event_ack', { eventId, kind: 'delivered' });
  expect(delivered).toMatchObject({
    type: 'event_acked',
    eventId,
    status: 'delivered',
    unread: { count: 1 },
  });
  const { body } = await school.call(joseph, 'PUT', `/events/${eventId}/read`, { deviceId: 'phone' });
  const position = expect.stringMatching(/^\w+:\d+$/);
  expect(body).toEqual({
    success: true,
    status: 'read',
    changed: true,
    unread: { count: 0, version: 2 },
    position,
  });
  for (const device of [phone, tablet]) {
    expect(await device.next('unread_count')).toMatchObject({ count: 0, version: 2 });
  }
  const again = await school.call(joseph, 'PUT', `/events/${eventId}/read`);
  expect(again.body).toEqual({
    success: true,
    status: 'read',
    changed: false,
    unread: { count: 0, version: 2 },
  });
  const { body: acked } = await school.call(joseph, 'PUT', `/events/${eventId}/ack`);
  expect(acked).toMatchObject({ status: 'acknowledged', changed: true });
});

test('who was offline catches up in order at the next connection', async () => {
  await using school = await startSchool();
  const first = await school.open(joseph);
  await sendTo(school, joseph, ['1']);
  const { args } = await first.nextEvent(({ name }) => name === 'realtime_event');
  await first[Symbol.asyncDispose]();
  await sendTo(school, joseph, ['2', '3', '4']);
  await using second = await school.open(joseph, { since: args.at(-1) });
  for (const title of ['2', '3', '4']) {
    expect(await second.next('realtime_event')).toMatchObject({ title });
  }
  expect((await inboxOf(school, joseph)).data.map(({ title }) => title)).toEqual(['4', '3', '2', '1']);
});

test('reading all leaves nothing unread, on every device', async () => {
  await using school = await startSchool();
  await sendTo(school, joseph, ['1', '2', '3']);
  await using phone = await school.open(joseph);
  const { body } = await school.call(joseph, 'PUT', '/events/read-all');
  expect(body).toMatchObject({ success: true, changed: 3, unread: { count: 0 } });
  expect(await phone.next('unread_count')).toMatchObject({ count: 0 });
  expect((await inboxOf(school, joseph, '?unread=true')).data).toEqual([]);
});
