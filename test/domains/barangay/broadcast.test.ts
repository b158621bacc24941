import { expect, test } from 'bun:test';
import { startTestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
const stored = expect.any(String);

test('a hearing travels as its row, camelCase, with type, channel, event, time, offset and id', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, officer, ['hearings']);
  const answer = await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  expect(answer).toMatchObject({
    status: 200,
    body: { success: true, channel: 'hearings', offset: 1, delivered: 1 },
  });
  expect(await client.next('hearing_update')).toEqual({
    type: 'hearing_update',
    channel: 'hearings',
    eventType: 'created',
    data: {
      id: 123,
      blotterReportId: 456,
      hearingDate: '2025-12-05',
      hearingTime: '09:00:00',
      location: 'Barangay Hall, Session Room',
      purpose: 'Mediation',
      status: 'scheduled',
      notes: 'Both parties notified.',
      createdAt: stored,
      updatedAt: stored,
    },
    timestamp: instant,
    offset: 1,
    id,
  });
});

test('a case travels as its row on `cases`, on the channel of the case and on that of the person who filed it', async () => {
  await using service = await startTestService();
  await using officials = await joinAs(service, officer, ['cases']);
  await using filer = await joinAs(service, { userId: 'resident7' }, ['case:456', 'my_cases']);
  await using another = await joinAs(service, { userId: 'resident8' }, ['my_cases']);
  const { body } = await service.post('/ws/broadcast/case', { caseId: 456, eventType: 'status_changed' });
  // The channel of another person has no name for the caller.
  expect(Object.keys((body as { positions: object }).positions)).toEqual(['cases', 'case:456']);
  const onCases = await officials.next('case_update');
  expect(onCases).toEqual({
    type: 'case_update',
    channel: 'cases',
    eventType: 'status_changed',
    data: expect.objectContaining({
      id: 456,
      caseNumber: 'BLT-2025-0456',
      incidentType: 'Noise complaint',
      assignedOfficers: ['user123'],
      filedBy: 'resident7',
      isArchived: false,
    }),
    timestamp: instant,
    offset: 1,
    id,
  });
  const onCase = await filer.next('case_update');
  expect(onCase).toMatchObject({ channel: 'case:456', offset: 1, data: onCases['data'] });
  const own = await filer.next('case_update');
  expect(own).toMatchObject({ channel: 'my_cases', offset: 1, data: onCases['data'] });
  await settle(another);
  expect(another.all('case_update')).toEqual([]);
});

test('a person travels as the row, with what was added under `record`', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, officer, ['persons']);
  const record = JSON.parse(
    '{"description":"Attended mediation.","__proto__":{"a":1},"list":[1,{"a":null}]}',
  );
  const body = { personId: 'PERSON-123', eventType: 'record_added', data: record };
  await service.post('/ws/broadcast/person', body);
  const { data, ...head } = await client.next('person_update');
  expect(head).toEqual({
    type: 'person_update',
    channel: 'persons',
    eventType: 'record_added',
    timestamp: instant,
    offset: 1,
    id,
  });
  expect(data).toMatchObject({ personCode: 'PERSON-123', lastName: 'Aquino' });
  expect(JSON.stringify(data)).toEndWith(`"record":${JSON.stringify(record)}}`);
});

test('what is sent is the row as the database has it at that time', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, officer, ['hearings']);
  await service.database.query("update hearings set status = 'done', notes = $1", ['ñ "quoted" \n 👍']);
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
  expect(await client.next('hearing_update')).toMatchObject({
    data: { status: 'done', notes: 'ñ "quoted" \n 👍' },
  });
});

test('offsets count on from broadcast to broadcast, also when nobody listens', async () => {
  await using service = await startTestService();
  for (const offset of [1, 2, 3]) {
    const { body } = await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
    expect(body).toMatchObject({ offset, delivered: 0 });
  }
  await using client = await joinAs(service, officer, ['hearings']);
  expect(client.all('subscribed')[0]?.['position']).toMatch(/^[a-z0-9]+:3$/);
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
  await settle(client);
  expect(client.all('hearing_update').map(({ offset }) => offset)).toEqual([4]);
});
