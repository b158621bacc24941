import { afterAll, beforeAll, expect, test } from 'bun:test';
import { seedSchool } from '../../../../src/domains/school/seed.ts';
import { openTestDatabase } from '../../../support/postgres/database.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';
import { startTestService, type TestService } from '../../../support/services/service.ts';
import { until } from '../../../support/until.ts';
import { startReceiver, webhookSecret } from '../../../tracking/methods/receivers.ts';
import { createBrowser, vapid } from '../../../tracking/methods/web-push/browser.ts';

const path = '/api/v1/realtime';
const joseph = { 'x-user-id': 'user1-uuid', 'x-role': 'parent' };
const ruth = { 'x-user-id': 'principal-1', 'x-role': 'principal' };
const admin = { 'x-user-id': 'admin-1', 'x-role': 'super_admin' };

let service: TestService;
const receiver = startReceiver();
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  const database = opened.use(await createTestDatabase({ domains: ['school'] }));
  const connection = opened.use(await openTestDatabase(database.url));
  await seedSchool(connection.db);
  await connection.query(
    `update realtime_event_types set methods = '{web-push,webhook}', escalation = null where name = 'payment_received'`,
  );
  service = opened.use(
    await startTestService({
      database,
      env: {
        DOMAINS: 'school',
        ACTIVITY: 'true',
        WEBHOOK_URL: `${receiver.url}hook`,
        WEBHOOK_SECRET: webhookSecret,
        VAPID_PUBLIC_KEY: vapid.publicKey,
        VAPID_PRIVATE_KEY: vapid.privateKey,
        VAPID_SUBJECT: vapid.subject,
        PRIVATE_RECEIVERS: 'true',
      },
    }),
  );
});
afterAll(async () => {
  await opened.disposeAsync();
  await receiver[Symbol.asyncDispose]();
});

interface Statistics {
  readonly deliveries: number;
  readonly byPriority: Readonly<Record<string, number>>;
  readonly failureRate: number | null;
}

async function statistics(query: string, who: Readonly<Record<string, string>>): Promise<Statistics> {
  const { body } = await service.get(`${path}/statistics${query}`, who);
  return (body as { data: Statistics }).data;
}

const pay = () =>
  service.post(`${path}/hooks/paymentReceived`, {
    schoolId: 'school-uuid',
    studentName: 'Brian',
    amount: 5_000,
    currency: 'KES',
    id: crypto.randomUUID(),
    payerId: 'user1-uuid',
  });

test('activity is taken by REST, as far as there is room', async () => {
  const items = [
    { kind: 'page_view', page: '/fees', occurredAt: new Date().toISOString(), tenantId: 'school-uuid' },
  ];
  const { status, body } = await service.post(`${path}/activity`, items, joseph);
  expect({ status, body }).toEqual({
    status: 200,
    body: { success: true, data: { accepted: 1, dropped: 0, recording: true } },
  });
  const refused = await service.post(`${path}/activity`, items, { ...joseph, 'sec-gpc': '1' });
  expect(refused.body).toMatchObject({ data: { accepted: 0, dropped: 1, recording: false } });
  const bad = await service.post(`${path}/activity`, [{ ...items[0], kind: 'thought' }], joseph);
  expect(bad.status).toBe(422);
  const rows = () => service.database.query('select user_id from realtime_user_activity');
  await until(async () => (await rows()).length === 1);
  expect(await rows()).toEqual([{ user_id: 'user1-uuid' }]);
});

test('the service sends by push and webhook as it is configured', async () => {
  const browser = createBrowser(`${receiver.url}push`);
  const key = await service.get(`${path}/push-key`);
  expect(key.body).toEqual({ success: true, data: { publicKey: vapid.publicKey } });
  const call = (method: string, body: object) =>
    fetch(`${service.url}${path}/push-subscriptions`, {
      method,
      body: JSON.stringify(body),
      headers: { ...joseph, 'content-type': 'application/json' },
    });
  expect((await call('PUT', browser.subscription)).status).toBe(200);
  expect((await call('PUT', { endpoint: 'ftp://x', keys: browser.subscription.keys })).status).toBe(422);
  expect((await pay()).status).toBe(200);
  const pushed = await receiver.next(({ path: to }) => to === '/push');
  expect(browser.read(pushed.bytes)).toMatchObject({ title: 'Payment received' });
  expect((await call('DELETE', { endpoint: browser.subscription.endpoint })).status).toBe(200);
  expect((await pay()).status).toBe(200);
  // The manager of the finances gets it too, and has no browser either.
  const hooked = await receiver.next(({ body }) => body.includes('"userId":"user1-uuid"'));
  expect(hooked.path).toBe('/hook');
});

test('a period that ends before it begins is refused', async () => {
  const period = '?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
  for (const name of ['statistics', 'metrics']) {
    expect(await service.get(`${path}/${name}${period}`, admin)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  }
});

test('statistics are for everybody in their measure, metrics for administrators', async () => {
  const mine = () => statistics('', joseph);
  const ofSchool = () => statistics('?from=2020-01-01T00:00:00Z', ruth);
  const before = [await mine(), await ofSchool()].map(({ deliveries }) => deliveries);
  for (const _ of [1, 2]) expect((await pay()).status).toBe(200);
  // Two people have each: who pays, and who manages the finances. The numbers end at the present.
  await until(async () => (await mine()).deliveries === 2 + (before[0] ?? 0));
  await until(async () => (await ofSchool()).deliveries === 4 + (before[1] ?? 0));
  const [own, all] = [await mine(), await ofSchool()];
  expect(own.byPriority).toEqual({ normal: own.deliveries });
  expect(all.failureRate).toBe(0);
  expect((await service.get(`${path}/metrics`, joseph)).status).toBe(403);
  const ofOneSchool = { ...admin, 'x-tenants': 'school-uuid' };
  expect((await service.get(`${path}/metrics`, ofOneSchool)).status).toBe(403);
  expect((await service.get(`${path}/metrics`, admin)).body).toMatchObject({
    success: true,
    data: { distributions: {} },
  });
  const long = await service.get(`${path}/metrics?from=2020-01-01T00:00:00Z`, admin);
  expect(long.status).toBe(422);
});
