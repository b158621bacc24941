import { expect, test } from 'bun:test';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

const path = '/ws/broadcast/notification';
const notification = { title: 'Hearing moved', message: 'Now on Friday', type: 'hearing', caseId: 456 };

const rows = (service: TestService) => service.database.query('select * from notifications order by id');
const logged = (service: TestService) =>
  service.database.query<{ channel: string }>('select channel from realtime_publications');

test('a notification is stored and reaches its user on two devices and nobody else', async () => {
  await using service = await startTestService();
  await using phone = await joinAs(service, { userId: 'resident7' }, ['notifications']);
  await using tablet = await joinAs(service, { userId: 'resident7' }, ['notifications']);
  await using other = await joinAs(service, { userId: 'user123', role: 'officer' }, ['notifications']);
  const answer = await service.post(path, { userId: 'resident7', notification });
  expect(answer.body).toMatchObject({ success: true, channel: 'notifications', offset: 1, delivered: 2 });
  const [stored] = await rows(service);
  expect(stored).toMatchObject({
    user_id: 'resident7',
    title: 'Hearing moved',
    case_id: 456,
    is_read: false,
  });
  const received = await phone.next('notification');
  expect(received).toEqual({
    type: 'notification',
    channel: 'notifications',
    data: {
      id: stored?.['id'],
      userId: 'resident7',
      title: 'Hearing moved',
      message: 'Now on Friday',
      type: 'hearing',
      caseId: 456,
      isRead: false,
      createdAt: expect.any(String),
    },
    timestamp: expect.any(String),
    offset: 1,
    id: expect.any(String),
  });
  expect(await tablet.next('notification')).toEqual(received);
  await settle(other);
  expect(other.all('notification')).toEqual([]);
});

test('title and message are enough', async () => {
  await using service = await startTestService();
  const short = { title: 'ñ', message: '👍' };
  expect(await service.post(path, { userId: 'user123', notification: short })).toMatchObject({ status: 200 });
  expect(await rows(service)).toMatchObject([{ ...short, type: 'general', case_id: null }]);
});

test('users whose ids need escaping never share a channel', async () => {
  await using service = await startTestService();
  const ids = ['a:b', 'a%3Ab', 'a b', 'ä', '../x', '@,', '日'.repeat(200)];
  for (const id of ids) await service.database.query("insert into users values ($1, 'n', 'user')", [id]);
  for (const userId of ids) {
    await using client = await joinAs(service, { userId }, ['notifications']);
    for (const each of ids) {
      await service.post(path, { userId: each, notification: { title: each, message: 'm' } });
    }
    await settle(client);
    expect(client.all('notification').map((frame) => frame['data'])).toMatchObject([
      { title: userId, userId },
    ]);
  }
});

test('an unknown user or case is 404, and nothing is stored or sent', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, { userId: 'nobody' }, ['notifications']);
  const unknownUser = await service.post(path, { userId: 'nobody', notification });
  expect(unknownUser).toMatchObject({ status: 404, body: { code: 'not_found', success: false } });
  const unknownCase = { ...notification, caseId: 999 };
  const answer = await service.post(path, { userId: 'resident7', notification: unknownCase });
  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  await settle(client);
  expect(client.all('notification')).toEqual([]);
  expect(await rows(service)).toEqual([]);
  expect(await logged(service)).toEqual([]);
});

test('when the publication cannot be appended the notification is not stored either', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, { userId: 'resident7' }, ['notifications']);
  await service.database.query(
    `alter table realtime_publications add constraint refuse check (type <> 'notification')`,
  );
  const failed = await service.post(path, { userId: 'resident7', notification });
  expect(failed).toMatchObject({ status: 500, body: { code: 'internal' } });
  expect(await rows(service)).toEqual([]);
  await service.database.query('alter table realtime_publications drop constraint refuse');
  expect(await service.post(path, { userId: 'resident7', notification })).toMatchObject({
    body: { offset: 1 },
  });
  expect(await client.next('notification')).toMatchObject({ offset: 1 });
  expect(client.all('notification')).toHaveLength(1);
});

test('when the commit fails nothing is published', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, { userId: 'resident7' }, ['notifications']);
  await service.database.query(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'at the commit'; end $$`);
  await service.database.query(`create constraint trigger refuse after insert on notifications
    deferrable initially deferred for each row execute function refuse()`);
  expect(await service.post(path, { userId: 'resident7', notification })).toMatchObject({ status: 501 });
  await settle(client);
  expect(client.all('notification')).toEqual([]);
  expect(await rows(service)).toEqual([]);
  expect(await logged(service)).toEqual([]);
});
