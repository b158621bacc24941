import { expect, test } from 'bun:test';
import { seedBarangay } from '../../../src/domains/barangay/seed.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { jwtMode, serviceKey, startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

const officer = { userId: 'user123', role: 'officer' };
const broadcasts = {
  hearing: { hearingId: 123, eventType: 'created' },
  case: { caseId: 456, eventType: 'updated' },
  person: { personId: 'PERSON-123', eventType: 'record_added', data: { a: 1 } },
  notification: { userId: 'user123', notification: { title: 't', message: 'm' } },
};
type Broadcast = keyof typeof broadcasts;
const routes = Object.keys(broadcasts) as Broadcast[];

const post = (service: TestService, route: Broadcast, key: string, headers = {}) =>
  service.post(`/ws/broadcast/${route}`, broadcasts[route], { 'idempotency-key': key, ...headers });

const published = async (service: TestService) => {
  const rows = await service.database.query<{ channel: string; count: number }>(
    'select channel, count(*)::int as count from realtime_publications group by channel order by channel',
  );
  return Object.fromEntries(rows.map(({ channel, count }) => [channel, count]));
};
const stored = (service: TestService) =>
  service.database.query<{ id: number }>('select id from notifications order by id');
const once = {
  cases: 1,
  'case:456': 1,
  hearings: 1,
  'my_cases:resident7': 1,
  'notifications:user123': 1,
  persons: 1,
};

test('every broadcast with a known key is answered as the first time and sends nothing', async () => {
  await using service = await startTestService();
  const channels = ['hearings', 'cases', 'persons', 'notifications'];
  await using client = await joinAs(service, officer, channels);
  for (const route of routes) {
    const first = await post(service, route, 'key-1');
    expect(first).toMatchObject({ status: 200, body: { success: true, offset: 1 } });
    const { status, body } = await post(service, route, 'key-1');
    expect({ status, body }).toEqual({ status: 200, body: { ...(first.body as object), repeated: true } });
  }
  expect(await published(service)).toEqual(once);
  expect(await stored(service)).toHaveLength(1);
  await settle(client);
  const types = ['hearing_update', 'case_update', 'person_update', 'notification'];
  expect(types.map((type) => client.all(type).length)).toEqual([1, 1, 1, 1]);
});

test('another key, or none, publishes again', async () => {
  await using service = await startTestService();
  for (const [index, key] of ['a', 'b', '"c"', '~'.repeat(200)].entries()) {
    expect(await post(service, 'notification', key)).toMatchObject({ body: { offset: index + 1 } });
  }
  for (const offset of [5, 6]) {
    const answer = await service.post('/ws/broadcast/notification', broadcasts.notification);
    expect(answer).toMatchObject({ body: { offset } });
  }
  expect(await stored(service)).toHaveLength(6);
});

test('twenty repeats at once, on two processes, publish once and store one row', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using one = await startTestService({ database });
  await seedBarangay(one.database.db);
  await using two = await startTestService({ database });
  for (const route of routes) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => post(n % 2 ? one : two, route, 'key-1')),
    );
    const expected = { status: 200, body: expect.objectContaining({ success: true, offset: 1 }) };
    for (const { status, body } of answers) expect({ status, body }).toEqual(expected);
  }
  expect(await published(one)).toEqual(once);
  const [row, ...more] = await stored(one);
  expect(more).toEqual([]);
  const [publication] = await one.database.query<{ id: number }>(
    `select (data->>'id')::int as id from realtime_publications where channel = 'notifications:user123'`,
  );
  expect(publication).toEqual({ id: row?.id ?? 0 });
});

test('a repeat is answered though the row has gone meanwhile', async () => {
  await using service = await startTestService();
  const first = await post(service, 'hearing', 'key-1');
  await service.database.query('delete from hearings');
  const again = await post(service, 'hearing', 'key-1');
  expect(again.body).toEqual({ ...(first.body as object), repeated: true });
  expect(await post(service, 'hearing', 'key-2')).toMatchObject({ status: 404 });
  expect(await post(service, 'hearing', 'key-2')).toMatchObject({ status: 404 });
});

test('a key that failed is free', async () => {
  await using service = await startTestService();
  await service.database.query(
    `alter table realtime_publications add constraint refuse check (type <> 'notification')`,
  );
  expect(await post(service, 'notification', 'key-1')).toMatchObject({ status: 500 });
  await service.database.query('alter table realtime_publications drop constraint refuse');
  expect(await post(service, 'notification', 'key-1')).toMatchObject({ status: 200, body: { offset: 1 } });
  expect(await stored(service)).toHaveLength(1);
});

test('a key is 1 to 200 visible ASCII characters, told only to those who may broadcast', async () => {
  await using service = await startTestService({ env: jwtMode });
  const key = { 'x-api-key': serviceKey };
  for (const wrong of ['', 'a b', 'a\tb', 'ñ', 'x'.repeat(201)]) {
    for (const route of routes) {
      expect(await post(service, route, wrong, key)).toMatchObject({
        status: 422,
        body: { code: 'validation_failed', errors: [{ field: 'idempotency-key' }] },
      });
    }
    expect(await post(service, 'hearing', wrong)).toMatchObject({ status: 401 });
  }
  expect(await published(service)).toEqual({});
});
