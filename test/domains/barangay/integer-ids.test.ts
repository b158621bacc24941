import { expect, test } from 'bun:test';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { foreignSchema } from '../../support/postgres/foreign-schema.ts';
import { createEmptyDatabase } from '../../support/postgres/postgres.ts';
import { startTestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

async function createForeignDatabase() {
  const database = await createEmptyDatabase();
  await using connection = await openTestDatabase(database.url);
  for (const statement of foreignSchema()) await connection.query(statement);
  await connection.query("update persons set person_code = 'P-1'");
  return database;
}

test('in a database of another application with integer ids and other columns every broadcast works', async () => {
  await using database = await createForeignDatabase();
  await using service = await startTestService({ database });
  await using officer = await joinAs(service, { userId: '2', role: 'officer' }, [
    'hearings',
    'cases',
    'persons',
  ]);
  await service.post('/ws/broadcast/hearing', { hearingId: 1, eventType: 'created' });
  expect(await officer.next('hearing_update')).toMatchObject({ data: { id: 1, blotterReportId: 1 } });
  await service.post('/ws/broadcast/case', { caseId: 1, eventType: 'updated' });
  expect(await officer.next('case_update')).toMatchObject({
    data: { caseNumber: '2025-001', archived: false },
  });
  await service.post('/ws/broadcast/person', { personId: 'P-1', eventType: 'updated' });
  expect(await officer.next('person_update')).toMatchObject({ data: { kind: 'witness', fullName: 'Ñina ' } });
});

test('with integer ids a notification reaches its user, however the number is written', async () => {
  await using database = await createForeignDatabase();
  await using service = await startTestService({ database });
  await using phone = await joinAs(service, { userId: 2 }, ['notifications']);
  const notification = { title: 't', message: 'm', caseId: 1 };
  for (const userId of ['2', '02', ' 2', 2]) {
    const answer = await service.post('/ws/broadcast/notification', { userId, notification });
    expect(answer).toMatchObject({ status: 200, body: { delivered: 1 } });
    expect(await phone.next('notification')).toMatchObject({ data: { userId: '2', title: 't', caseId: 1 } });
  }
  expect(await service.database.query('select distinct user_id from notifications')).toEqual([
    { user_id: 2 },
  ]);
});

test('with integer ids a user id that is no number, or too large, is nobody', async () => {
  await using database = await createForeignDatabase();
  await using service = await startTestService({ database });
  for (const userId of ['user123', '2; drop table users', '99999999999999999999', '2.5', '-1', 'null']) {
    const answer = await service.post('/ws/broadcast/notification', {
      userId,
      notification: { title: 't', message: 'm' },
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
});

test('with integer ids the case channel belongs to whoever filed the case', async () => {
  await using database = await createForeignDatabase();
  await using service = await startTestService({ database });
  await using filer = await joinAs(service, { userId: '1' }, ['case:1', 'my_cases']);
  await using other = await joinAs(service, { userId: '2' }, ['my_cases']);
  other.send({ type: 'subscribe', channel: 'case:1' });
  expect(await other.next('error')).toMatchObject({ code: 'forbidden' });
  await service.post('/ws/broadcast/case', { caseId: 1, eventType: 'updated' });
  expect(await filer.next('case_update')).toMatchObject({ channel: 'case:1' });
  expect(await filer.next('case_update')).toMatchObject({ channel: 'my_cases' });
  await settle(other);
  expect(other.all('case_update')).toEqual([]);
});
