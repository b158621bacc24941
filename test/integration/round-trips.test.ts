import { afterAll, beforeAll, expect, test } from 'bun:test';
import pg from 'pg';
import { seedBarangay } from '../../src/domains/barangay/seed.ts';
import { seedCampus } from '../../src/domains/campus/seed.ts';
import { seedClinic } from '../../src/domains/clinic/seed.ts';
import { seedVenues } from '../../src/domains/venues/seed.ts';
import { acknowledge } from '../../src/tracking/deliveries/acknowledge.ts';
import { createEvent } from '../../src/tracking/events/create-event.ts';
import { connect, type WsClient } from '../support/clients/ws-client.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';
import { joseph, startTracking } from '../tracking/support.ts';

/** Every statement that any connection of this process sends is one round trip. */
const sent: string[] = [];
const send = pg.Client.prototype.query;
/** The work of a process beside requests: looks, leases, heads, identity, announcements to other processes. */
const beside =
  /realtime_outbox order by|realtime_processes|realtime_namespaces|jsonb_strip_nulls|jsonb_each_text|pg_notify|^\s*select 1$|^\s*select name, epoch/;

const domains = ['barangay', 'campus', 'clinic', 'venues'];
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
    const [first] = parameters;
    sent.push(typeof first === 'string' ? first : String((first as { text?: unknown }).text));
    return Reflect.apply(send, this, parameters);
  } as typeof send;
  const database = opened.use(await createTestDatabase({ domains }));
  await using connection = await openTestDatabase(database.url);
  for (const seed of [seedBarangay, seedCampus, seedClinic, seedVenues]) await seed(connection.db);
  const env = { DOMAINS: domains.join(), LIMIT_SOCKETS_PER_USER: '100', LIMIT_REQUESTS_PER_MINUTE: '1000' };
  service = opened.use(await startTestService({ database, env }));
});
afterAll(async () => {
  await opened.disposeAsync();
  pg.Client.prototype.query = send;
});

const attempts = 4;

/** The fewest of some attempts: what runs beside them can only add to it. The first one may prepare something. */
async function roundTripsOf(work: (attempt: number) => Promise<unknown>): Promise<number> {
  const counts: number[] = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    sent.length = 0;
    await work(attempt);
    counts.push(sent.filter((text) => !beside.test(text)).length);
  }
  return Math.min(...counts);
}

async function posted(
  path: string,
  body: object | undefined,
  who: Readonly<Record<string, string>> = {},
  method = 'POST',
) {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...who },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as {
    readonly data: { readonly id: string; readonly caseId: string; readonly messageId: string };
    readonly lock: { readonly token: number };
  };
}

const as = (userId: string, role: string, tenants = '') => ({
  ...{ 'x-user-id': userId, 'x-role': role },
  ...(tenants && { 'x-tenants': tenants }),
});

async function identified(userId: string): Promise<WsClient> {
  const client = await connect(service.socketUrl);
  client.send({ type: 'auth', userId, role: 'officer' });
  await client.next('authenticated');
  return client;
}

const worker = as('asha1', 'asha');
const student = as('student1', 'user', 'org123');

const notify = (headers: Readonly<Record<string, string>> = {}) =>
  posted(
    '/ws/broadcast/notification',
    { userId: 'user123', notification: { title: 'Hearing', message: 'Tomorrow' } },
    headers,
  );
const newCase = () => posted('/api/cases', { patientName: 'P', complaint: 'fever' }, worker);
const report = () =>
  posted('/api/issues', { title: 't', campusId: 'campus123', buildingId: 'building123' }, student);

const vibeCheck = () => posted('/api/venues/venue-123/vibe-checks', { rating: 3 }, as('guest-1', 'guest'));
const owner = as('owner-1', 'owner');
const promotion = { title: 'Free entry', endDate: '2099-01-01T00:00:00Z' };

const publish = { channel: 'hearings', type: 'hearing_update', data: { hearingId: 1 } };

test('the table of the documents says how many round trips to the database each operation takes', async () => {
  const clients: WsClient[] = [];
  const client = await identified('reader');
  clients.push(client);
  const subscribe = async (channel: string) => {
    client.send({ type: 'subscribe', channel });
    return client.next('subscribed');
  };
  await using tracking = await startTracking();
  const tracked = {
    eventType: 'payment_received',
    payload: { amount: 1, currency: 'KES' },
    targetUserIds: ['user1-uuid'],
  };
  const { eventId } = await createEvent(tracking.tracking, tracked);
  // The venues enter people at first sight, beside the connection: these have been seen.
  const seen = [0, 1, 2, 3].map((n) => `user${n}`);
  for (const userId of seen) await (await identified(userId)).close();
  await until(async () => {
    const [row] = await service.database.query<{ count: number }>(
      'select count(*)::integer as count from venues.users where id = any($1)',
      [seen],
    );
    return row?.count === seen.length;
  });
  const { position } = Object(await subscribe('hearings')) as { position: string };
  await posted('/api/realtime/publish', publish);
  const cases: string[] = [];
  for (let n = 0; n < attempts; n++) cases.push((await newCase()).data.caseId);
  const issue = await report();
  const reader = as('user123', 'user');
  for (let n = 0; n < attempts; n++) await notify();
  const inbox = await fetch(`${service.url}/api/barangay/notifications`, { headers: reader });
  const { data: notified } = (await inbox.json()) as { data: { id: string }[] };
  const checks: string[] = [];
  for (let n = 0; n < attempts; n++) checks.push((await vibeCheck()).data.id);
  const offers: string[] = [];
  const chat = `/api/cases/${cases[0]}/chat`;
  const messages: string[] = [];
  const locks: number[] = [];
  for (let n = 0; n < attempts; n++) await posted('/api/venues', { id: `short-${n}`, name: 'Short' }, owner);
  const table: Readonly<Record<string, number>> = {
    'publish by `POST /api/realtime/publish`': await roundTripsOf(() =>
      posted('/api/realtime/publish', publish),
    ),
    'broadcast of a row, read and published': await roundTripsOf(() =>
      posted('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' }),
    ),
    'connect and identify': await roundTripsOf(async (n) => clients.push(await identified(`user${n}`))),
    'first subscribe of a channel, new or known': await roundTripsOf((n) => subscribe(`case:${n + 1}`)),
    'subscribe of a channel that the process serves': await roundTripsOf(async (n) => {
      const other = clients[n + 1] ?? client;
      other.send({ type: 'subscribe', channel: 'hearings' });
      await other.next('subscribed');
    }),
    '`sync_request` of what the process holds': await roundTripsOf(async () => {
      client.send({ type: 'sync_request', channel: 'hearings', since: position });
      await client.next('sync_response');
    }),
    'poll of what the process holds': await roundTripsOf(async () => {
      const address = `/api/realtime/channels/hearings/publications?since=${position}`;
      await (await fetch(`${service.url}${address}`, { headers: as('reader', 'officer') })).json();
    }),
    'tracked event to a few people': await roundTripsOf(() => createEvent(tracking.tracking, tracked)),
    'acknowledgement of a tracked event': await roundTripsOf((n) =>
      acknowledge(tracking.tracking, joseph, { eventId, kind: 'read', deviceId: `device-${n}` }),
    ),
    'stored notification': await roundTripsOf(() => notify()),
    'stored notification with an idempotency key': await roundTripsOf((n) =>
      notify({ 'idempotency-key': `key-${n}` }),
    ),
    'new case': await roundTripsOf(() => newCase()),
    'step or edit of a case': await roundTripsOf((n) =>
      posted('/api/cases/update-status', { caseId: cases[n], status: 'FORWARDED' }, worker),
    ),
    'report of an issue': await roundTripsOf(() => report()),
    'change of an issue': await roundTripsOf((n) =>
      posted(`/api/issues/${issue.data.id}`, { title: `t${n}` }, student, 'PATCH'),
    ),
    'change of a venue': await roundTripsOf((n) =>
      posted('/api/venues/venue-123', { name: `n${n}` }, owner, 'PATCH'),
    ),
    'vibe check': await roundTripsOf(() => vibeCheck()),
    'deletion of a venue': await roundTripsOf((n) =>
      posted(`/api/venues/short-${n}`, undefined, owner, 'DELETE'),
    ),
    'deletion of a vibe check': await roundTripsOf((n) =>
      posted(`/api/venues/venue-123/vibe-checks/${checks[n]}`, undefined, owner, 'DELETE'),
    ),
    'new promotion': await roundTripsOf(async () => {
      const { data } = await posted('/api/venues/venue-123/promotions', promotion, owner);
      offers.push(data.id);
    }),
    'change of a promotion': await roundTripsOf((n) =>
      posted(`/api/venues/venue-123/promotions/${offers[n]}`, { title: `t${n}` }, owner, 'PATCH'),
    ),
    'deletion of a promotion': await roundTripsOf((n) =>
      posted(`/api/venues/venue-123/promotions/${offers[n]}`, undefined, owner, 'DELETE'),
    ),
    'notification marked as read': await roundTripsOf((n) =>
      posted(`/api/barangay/notifications/${notified[n]?.id}/read`, undefined, reader),
    ),
    'all notifications marked as read': await roundTripsOf(() =>
      posted('/api/barangay/notifications/read', undefined, reader),
    ),
    'chat message about a case': await roundTripsOf(async () => {
      messages.push((await posted(chat, { body: 'When?' }, worker)).data.messageId);
    }),
    'edit of a chat message': await roundTripsOf((n) =>
      posted(`${chat}/${messages[n]}`, { body: `Today? ${n}` }, worker, 'PUT'),
    ),
    'reaction to a chat message': await roundTripsOf((n) =>
      posted(`${chat}/${messages[n]}/reactions`, { emoji: '👍', present: true }, worker, 'PUT'),
    ),
    'chat read up to a message': await roundTripsOf((n) =>
      posted(`${chat}/read`, { messageId: messages[n] }, worker),
    ),
    'lock on a case that is free': await roundTripsOf(async (n) => {
      const { lock } = await posted(`/api/cases/${cases[n]}/lock`, { sessionId: 'portal' }, worker);
      locks.push(lock.token);
    }),
    'renewal of a lock': await roundTripsOf((n) =>
      posted(`/api/cases/${cases[n]}/lock/renew`, { sessionId: 'portal', token: locks[n] }, worker),
    ),
    'deletion of a notification': await roundTripsOf((n) =>
      posted(`/api/barangay/notifications/${notified[n]?.id}`, undefined, reader, 'DELETE'),
    ),
  };
  for (const each of clients) await each.close();
  const rows = Object.entries(table).map(([operation, count]) => `| ${operation} | ${count} |`);
  const page = await Bun.file(new URL('../../docs/run/scaling.md', import.meta.url)).text();
  expect(page).toContain(['| operation | round trips |', '| --- | --- |', ...rows].join('\n'));
});
