import { afterAll, beforeAll, expect, test } from 'bun:test';
import { joinAs } from '../../../support/services/session.ts';
import {
  amina,
  base,
  brian,
  daniel,
  esther,
  grace,
  greenfield,
  inboxOf,
  jane,
  joseph,
  mary,
  type Person,
  ruth,
  type School,
  samuel,
  sendTo,
  startSchool,
} from '../support.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

type Json = Readonly<Record<string, unknown>>;
const bodyOf = async (answer: Promise<{ readonly body: unknown }>) => (await answer).body as Json;
const announce = async (who: Person, more: object = {}) => {
  const body = await bodyOf(
    school.call(who, 'POST', '/broadcast/school', { title: 'News', message: 'm', ...more }),
  );
  return (body['data'] as Json | undefined) ?? body;
};

test('a receiver reports for a person with the service key, and nobody else does', async () => {
  for (const [kind, status] of [
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['ack', 'acknowledged'],
  ]) {
    const [eventId] = await sendTo(school, joseph, ['reported']);
    const path = `/events/${eventId}/${kind}`;
    const reported = await school.call(undefined, 'PUT', path, { userId: joseph.userId, deviceId: 'sms' });
    expect(reported).toMatchObject({ status: 200, body: { status, changed: true } });
    expect(await school.call(undefined, 'PUT', path, { userId: mary.userId })).toMatchObject({ status: 404 });
    expect(await school.call(undefined, 'PUT', path, { userId: 'nobody' })).toMatchObject({ status: 404 });
    expect(await school.call(undefined, 'PUT', path, {})).toMatchObject({ status: 422 });
    expect(await school.call(undefined, 'PUT', path)).toMatchObject({ status: 422 });
    expect(await school.call(mary, 'PUT', path, { userId: joseph.userId })).toMatchObject({ status: 403 });
    expect(await school.call(joseph, 'PUT', path, { userId: joseph.userId })).toMatchObject({ status: 200 });
  }
  const { eventId } = await announce(ruth);
  const read = await school.call(undefined, 'PUT', `/events/${eventId}/read`, { userId: joseph.userId });
  expect(read).toMatchObject({ status: 200, body: { status: 'read' } });
  const foreign = await school.call(undefined, 'PUT', `/events/${eventId}/read`, { userId: jane.userId });
  expect(foreign).toMatchObject({ status: 404 });
});

test('a broadcast to people by name reaches them alone, and one to a school that does not exist is 404', async () => {
  await using phone = await joinAs(school, joseph, ['realtime_events']);
  await using other = await joinAs(school, mary, ['realtime_events', `realtime_announcements:${greenfield}`]);
  expect(await announce(ruth, { targetUserIds: [joseph.userId] })).toMatchObject({ recipients: 1 });
  expect(await phone.next('realtime_event')).toMatchObject({ data: { title: 'News' } });
  // The caller is a teacher, who may broadcast to no whole school; beside a role; people of another school are none of it.
  expect(await announce(esther, { targetUserIds: [joseph.userId] })).toMatchObject({ recipients: 1 });
  const both = { targetUserIds: [daniel.userId], targetRoles: ['student'] };
  expect(await announce(ruth, both)).toMatchObject({ recipients: 3 });
  expect(await announce(ruth, { targetUserIds: [jane.userId] })).toMatchObject({ recipients: 0 });
  expect(await announce(ruth, { targetUserIds: [] })).toMatchObject({ status: 422 });
  const marker = (await sendTo(school, mary, ['marker']))[0];
  expect(await other.next('realtime_event')).toMatchObject({ data: { id: marker } });

  const nowhere = { schoolId: 'nowhere', title: 'News', message: 'm' };
  const hook = { ...nowhere, targetUserIds: [joseph.userId] };
  for (const who of [undefined, grace, amina, ruth]) {
    expect(await school.call(who, 'POST', '/broadcast/school', nowhere)).toMatchObject({ status: 404 });
    expect(await school.call(who, 'POST', '/hooks/custom', hook)).toMatchObject({ status: 404 });
    const calls = [{ hook: 'custom', input: hook }];
    expect(await school.call(who, 'POST', '/hooks/batch', { calls })).toMatchObject({ status: 404 });
  }
  const maintenance = { title: 'Tonight', message: 'm', schoolIds: [greenfield, 'nowhere'] };
  expect(await school.call(grace, 'POST', '/events/system', maintenance)).toMatchObject({ status: 404 });
  expect(await announce(ruth, { schoolId: 'school-2' })).toMatchObject({ status: 403 });
});

test('an event is taken back by its author and by who leads the school, and its devices are told', async () => {
  await using phone = await joinAs(school, joseph, ['realtime_events']);
  await using page = await joinAs(school, mary, [`realtime_announcements:${greenfield}`]);
  const { eventId } = await announce(esther, { targetUserIds: [joseph.userId] });
  await phone.next('realtime_event');
  for (const who of [joseph, daniel, samuel]) {
    expect(await school.call(who, 'POST', `/events/${eventId}/cancel`)).toMatchObject({ status: 404 });
  }
  const cancelled = await school.call(esther, 'POST', `/events/${eventId}/cancel`);
  expect(cancelled).toMatchObject({ status: 200, body: { success: true, cancelled: 1 } });
  expect(await school.call(esther, 'POST', `/events/${eventId}/cancel`)).toMatchObject({ status: 409 });
  expect(await phone.next('event_status')).toMatchObject({ data: { eventId, status: 'cancelled' } });
  const announced = await announce(ruth);
  await page.next('realtime_event');
  expect(await school.call(amina, 'POST', `/events/${announced['eventId']}/cancel`)).toMatchObject({
    status: 200,
  });
  expect(await page.next('event_status')).toMatchObject({ data: { eventId: announced['eventId'] } });
  const ids = (await inboxOf(school, joseph)).data.map(({ id }) => id);
  expect(ids).not.toContain(eventId);
  expect(ids).not.toContain(announced['eventId']);
});

test('what a person reads on one device is told to the others, each event and all of them', async () => {
  await using phone = await joinAs(school, joseph, ['realtime_events']);
  const [eventId] = await sendTo(school, joseph, ['one']);
  await school.call(joseph, 'PUT', `/events/${eventId}/read`);
  expect(await phone.next('event_status')).toMatchObject({ data: { eventId, status: 'read' } });
  await school.call(joseph, 'PUT', `/events/${eventId}/ack`);
  expect(await phone.next('event_status')).toMatchObject({ data: { eventId, status: 'acknowledged' } });
  await announce(ruth);
  await school.call(joseph, 'PUT', '/events/read-all');
  expect(await phone.next('events_read')).toMatchObject({ data: { readAt: expect.any(String) } });
});

test('the author of an announcement and who leads the school see who has read it, page by page', async () => {
  const { eventId } = await announce(ruth);
  await school.call(joseph, 'PUT', `/events/${eventId}/read`);
  await school.call(mary, 'PUT', `/events/${eventId}/ack`);
  await school.call(brian, 'PUT', '/events/read-all');
  const pages: Json[] = [];
  for (let cursor: unknown = ''; cursor !== null; cursor = pages.at(-1)?.['nextCursor']) {
    const query = `limit=3${cursor ? `&cursor=${cursor}` : ''}`;
    pages.push(await bodyOf(school.call(ruth, 'GET', `/events/${eventId}/readers?${query}`)));
  }
  expect(pages).toHaveLength(3);
  for (const page of pages) expect(page).toMatchObject({ recipients: 8, read: 3, acknowledged: 1 });
  const readers = pages.flatMap((page) => page['data'] as { userId: string; status: string }[]);
  expect(readers.map(({ userId }) => userId)).toEqual([
    'director-1',
    'finance-1',
    'principal-1',
    'student-1',
    'student-2',
    'user-uuid',
    'user1-uuid',
    'user2-uuid',
  ]);
  expect(readers.filter(({ status }) => status !== 'sent')).toMatchObject([
    { userId: 'student-1', status: 'read', readAt: null },
    { userId: 'user1-uuid', status: 'read', readAt: expect.any(String) },
    { userId: 'user2-uuid', status: 'acknowledged' },
  ]);
  const named = await announce(esther, { targetUserIds: [joseph.userId] });
  const own = await bodyOf(school.call(esther, 'GET', `/events/${named['eventId']}/readers`));
  expect(own).toMatchObject({ recipients: 1, read: 0, data: [{ userId: joseph.userId, status: 'sent' }] });
  for (const who of [joseph, samuel, esther]) {
    expect(await school.call(who, 'GET', `/events/${eventId}/readers`)).toMatchObject({ status: 404 });
  }
  const query = '?cursor=%00';
  expect(await school.call(ruth, 'GET', `/events/${eventId}/readers${query}`)).toMatchObject({ status: 422 });
});

test('who watches the readers shares what was read in the age they accept, and is not sent it again', async () => {
  const { eventId } = await announce(ruth);
  const path = `${base}/events/${eventId}/readers`;
  const readersFor = ({ userId, role, tenants = [] }: Person, query = '', etag = '') =>
    school.get(path + query, {
      'x-user-id': userId,
      'x-role': role,
      'x-tenants': tenants.join(),
      'if-none-match': etag,
    });
  const first = await readersFor(ruth, '?maxAgeMs=60000');
  const etag = first.headers.get('etag') ?? '';
  await school.call(joseph, 'PUT', `/events/${eventId}/read`);
  expect(await readersFor(amina, '?maxAgeMs=60000', etag)).toMatchObject({ status: 304, body: undefined });
  expect(await readersFor(samuel, '?maxAgeMs=60000', etag)).toMatchObject({ status: 404 });
  expect(await readersFor(ruth, '', etag)).toMatchObject({ status: 200, body: { read: 1 } });
});

test('the statistics of an administrator have the events to all schools', async () => {
  const deliveries = async (who: Person) =>
    Number(((await bodyOf(school.call(who, 'GET', '/statistics')))['data'] as Json)['deliveries']);
  const before = [await deliveries(grace), await deliveries(ruth)];
  await school.call(grace, 'POST', '/events/system', { title: 'Tonight', message: 'm' });
  expect([await deliveries(grace), await deliveries(ruth)]).toEqual([
    (before[0] ?? 0) + 15,
    // Her own alone: it is of no school.
    (before[1] ?? 0) + 1,
  ]);
});

test('an administrator changes a type of events, and what is raised from then on follows it', async () => {
  const path = '/event-types/assignment_overdue';
  const change = { titleTemplate: 'Late: {assignmentName}', priority: 'urgent', sourceRoles: ['principal'] };
  for (const who of [ruth, amina, esther]) {
    expect(await school.call(who, 'PATCH', path, change)).toMatchObject({ status: 403 });
  }
  expect(await school.call(grace, 'PATCH', '/event-types/nothing', change)).toMatchObject({ status: 404 });
  for (const wrong of [
    {},
    { priority: 'extreme' },
    { maxAttempts: 0 },
    { methods: [] },
    { retryIntervalMs: 1 },
  ]) {
    expect(await school.call(grace, 'PATCH', path, wrong)).toMatchObject({ status: 422 });
  }
  expect(await school.call(grace, 'PATCH', path, change)).toMatchObject({
    status: 200,
    body: { data: change },
  });
  const input = {
    schoolId: greenfield,
    eventType: 'assignment_overdue',
    targetUserIds: [joseph.userId],
    payload: { assignmentName: 'Essay' },
  };
  expect(await school.call(esther, 'POST', '/hooks/custom', input)).toMatchObject({ status: 403 });
  expect(await school.call(ruth, 'POST', '/hooks/custom', input)).toMatchObject({ status: 200 });
  const [latest] = (await inboxOf(school, joseph)).data;
  expect(latest).toMatchObject({ title: 'Late: Essay', priority: 'urgent' });
  await school.call(undefined, 'PATCH', path, { isActive: false });
  expect(await school.call(ruth, 'POST', '/hooks/custom', input)).toMatchObject({ status: 422 });
  const namesFor = async (who: Person) =>
    ((await bodyOf(school.call(who, 'GET', '/event-types')))['data'] as Json[]).map(({ name }) => name);
  expect(await namesFor(ruth)).not.toContain('assignment_overdue');
  expect(await namesFor(grace)).toContain('assignment_overdue');
});
