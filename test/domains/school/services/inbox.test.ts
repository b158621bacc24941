import { expect, test } from 'bun:test';
import { channelOf } from '../../../../src/tracking/channels.ts';
import { inboxOf, jane, joseph, ruth, sendTo, startSchool } from '../support.ts';

test('pages follow each other without gap or repetition while new events arrive between them', async () => {
  await using school = await startSchool();
  const titles = Array.from({ length: 12 }, (_, index) => `old ${index}`);
  for (const title of titles.slice(0, 6)) await sendTo(school, joseph, [title]);
  await school.call(ruth, 'POST', '/broadcast/school', { title: 'announced', message: 'm' });
  for (const title of titles.slice(6)) await sendTo(school, joseph, [title]);
  const seen: unknown[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await inboxOf(school, joseph, `?limit=3${cursor && `&cursor=${cursor}`}`);
    expect(page.data.length).toBeLessThanOrEqual(3);
    seen.push(...page.data.map(({ title }) => title));
    cursor = page.nextCursor;
    await Promise.all([sendTo(school, joseph, ['new']), sendTo(school, joseph, ['new too'])]);
  }
  const expected = [...titles.slice(0, 6), 'announced', ...titles.slice(6)].reverse();
  expect(seen).toEqual(expected);
});

test('each filter leaves what it says', async () => {
  await using school = await startSchool();
  const [first] = await sendTo(school, joseph, ['one']);
  await school.call(joseph, 'PUT', `/events/${first}/read`);
  const { data: before } = await inboxOf(school, joseph);
  const sentAt = String(before[0]?.['sentAt']);
  const login = { userId: joseph.userId, device: 'Pixel' };
  await school.call(undefined, 'POST', '/hooks/userLogin', login);
  const titlesOf = async (query: string) =>
    (await inboxOf(school, joseph, query)).data.map(({ title }) => title);
  expect(await titlesOf('')).toEqual(['New sign-in', 'one']);
  expect(await titlesOf('?unread=true')).toEqual(['New sign-in']);
  expect(await titlesOf('?status=read')).toEqual(['one']);
  expect(await titlesOf('?type=user_login')).toEqual(['New sign-in']);
  expect(await titlesOf('?priority=low')).toEqual(['New sign-in']);
  expect(await titlesOf(`?to=${sentAt}`)).toEqual([]);
  const later = new Date(Date.parse(sentAt) + 1).toISOString();
  expect(await titlesOf(`?from=${sentAt}&to=${later}`)).toEqual(['one']);
  for (const query of ['?status=eaten', '?limit=0', '?limit=201', '?cursor=abc', '?from=yesterday']) {
    expect(await school.call(joseph, 'GET', `/events${query}`)).toMatchObject({ status: 422 });
  }
});

test('a page is answered with 304 to whoever has it, until something in it changes', async () => {
  await using school = await startSchool();
  const [eventId] = await sendTo(school, joseph, ['one']);
  const headers = { 'x-user-id': joseph.userId, 'x-role': joseph.role, 'x-tenants': 'school-uuid' };
  const path = '/api/v1/realtime/events';
  const first = await school.get(path, headers);
  const known = { ...headers, 'if-none-match': first.headers.get('etag') ?? '' };
  expect(await school.get(path, known)).toMatchObject({ status: 304, body: undefined });
  await school.call(joseph, 'PUT', `/events/${eventId}/read`);
  const third = await school.get(path, known);
  expect(third).toMatchObject({ status: 200, body: { data: [{ status: 'read' }], unread: { count: 0 } } });
  expect(third.headers.get('etag')).not.toBe(first.headers.get('etag'));
});

test('a test event comes to whoever asks for it, and the types say who may raise what', async () => {
  await using school = await startSchool();
  await using phone = await school.open(joseph);
  expect(await school.call(joseph, 'POST', '/events/test', {})).toMatchObject({ status: 200 });
  expect(await phone.next('realtime_event')).toMatchObject({ title: 'Test' });
  const { body } = await school.call(joseph, 'GET', '/event-types');
  const { data } = body as { data: { name: string; sourceRoles: string[] }[] };
  expect(data.find(({ name }) => name === 'system_maintenance')?.sourceRoles).toEqual(['super_admin']);
  expect(await school.call(undefined, 'GET', '/health')).toMatchObject({
    status: 200,
    body: { status: 'ok' },
  });
});

test('an answer about an event tells the position of what it told the other devices, and nothing where that is nothing', async () => {
  await using school = await startSchool();
  const [first] = await sendTo(school, joseph, ['one', 'two']);
  const headOf = async () => {
    const [head] = await school.database.query<{ position: string }>(
      `select epoch || ':' || last_offset as position from public.realtime_channels where name = $1`,
      [channelOf(joseph.userId)],
    );
    return head?.position;
  };
  for (const path of [`/events/${first}/read`, '/events/read-all']) {
    const { status, body } = await school.call(joseph, 'PUT', path);
    expect({ path, status, body }).toMatchObject({ path, status: 200, body: { changed: expect.anything() } });
    expect((body as { position?: string }).position).toBe(await headOf());
  }
  expect((await school.call(joseph, 'PUT', `/events/${first}/read`)).body).not.toHaveProperty('position');
});

test('what a person does in their inbox reaches their other device, and nobody at another school can do it', async () => {
  await using school = await startSchool();
  const [eventId = ''] = await sendTo(school, joseph, ['one']);
  await using tablet = await school.open(joseph);
  const turns = [
    ['read', 'event_status', { eventId, status: 'read' }],
    ['unread', 'event_marked', { eventId, isRead: false, isArchived: false }],
    ['archive', 'event_marked', { eventId, isRead: true, isArchived: true }],
    ['unarchive', 'event_marked', { eventId, isRead: true, isArchived: false }],
  ] as const;
  for (const [what, type, data] of turns) {
    expect(await school.call(jane, 'PUT', `/events/${eventId}/${what}`)).toMatchObject({ status: 404 });
    expect(await school.call(joseph, 'PUT', `/events/${eventId}/${what}`)).toMatchObject({
      status: 200,
      body: { changed: true, unread: { count: what === 'unread' ? 1 : 0 } },
    });
    expect(await tablet.next(type)).toEqual(data);
  }
  await sendTo(school, joseph, ['two']);
  expect(await school.call(joseph, 'PUT', '/events/seen')).toMatchObject({ body: { changed: true } });
  expect(await tablet.next('events_seen')).toEqual({ seenAt: expect.any(String) });
  expect((await school.call(joseph, 'GET', '/events?counts=true&limit=1')).body).toMatchObject({
    counts: { all: 2, unread: 1, unseen: 0, archived: 0, byType: { custom_notification: 2 } },
  });
});
