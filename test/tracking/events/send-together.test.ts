import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
import type { Appended } from '../../../src/realtime/ports/event-log.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import type { NewEvent } from '../../../src/tracking/model.ts';
import type { Tracking } from '../../../src/tracking/tracking.ts';
import {
  codeOf,
  connectPeople,
  disconnectAll,
  greenfield,
  riverside,
  type Subject,
  startTracking,
} from '../support.ts';

let subject: Subject;
/** The same as `subject.tracking`, noting every statement outside of transactions, and every transaction. */
let tracking: Tracking;
const sent: string[] = [];

beforeAll(async () => {
  subject = await startTracking();
  const { database } = subject;
  const noting: Database = {
    ...database,
    query: (text, values, how) => {
      sent.push(text);
      return database.query(text, values, how);
    },
    transaction: (work, options) => {
      sent.push('transaction');
      return database.transaction(work, options);
    },
  };
  tracking = { ...subject.tracking, database: noting };
});
afterAll(() => subject[Symbol.asyncDispose]());

const payment = { eventType: 'payment_received', payload: { amount: 12_000, currency: 'KES' } } as const;
const toJoseph: NewEvent = { ...payment, tenantId: greenfield, targetUserIds: ['user1-uuid'] };
/** An event that goes the other way: its key could have come before. */
const keyed = (event: NewEvent) => ({ ...event, idempotencyKey: crypto.randomUUID() });

async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  sent.length = 0;
  await work();
  return [...sent];
}

/** Every column that both ways write, but for ids and times. */
async function writtenOf(eventId: string) {
  const [event] = await subject.rows(
    `select type, tenant_id, source_user_id, target_user_ids, target_roles, target_tenant_ids, excluded_user_ids, title, message,
       payload::text, priority, action_url, correlation_id, delivery_mode, recipients, status, sent_at is null as unsent,
       expires_at - created_at as lifetime, scheduled_at - created_at as delay
     from realtime_events where id = $1`,
    [eventId],
  );
  const deliveries = await subject.rows(
    `select user_id, tenant_id, status, priority_rank, method, attempts, max_attempts, awaits_connection, expected_devices,
       next_attempt_at - created_at as pause, sent_at - created_at as waited, expires_at - created_at as lifetime,
       channel_epoch <> '' as has_epoch, last_error, escalates, escalates_at - created_at as escalates_after
     from realtime_event_deliveries where event_id = $1 order by user_id`,
    [eventId],
  );
  return { event, deliveries };
}

test('an event to a person is one statement, and callers of the same moment share it', async () => {
  await createEvent(tracking, toJoseph);
  expect(await statementsOf(() => createEvent(tracking, toJoseph))).toEqual([
    expect.stringContaining('realtime_send_events'),
  ]);
  const people = ['user1-uuid', 'user2-uuid', 'parent-2'];
  const many = Array.from({ length: 60 }, (_, n) => people[n % 3] ?? '');
  const before = await subject.told('user2-uuid');
  const statements = await statementsOf(() =>
    Promise.all(many.map((userId) => createEvent(tracking, { ...payment, targetUserIds: [userId] }))),
  );
  expect(statements.length).toBe(1);
  const told = (await subject.told('user2-uuid')).slice(before.length);
  expect(told.map(({ type }) => type)).toEqual([...Array(20).fill('realtime_event'), 'unread_count']);
  const { count } = JSON.parse(told.at(-1)?.data ?? '') as { count: number };
  expect(count).toBeGreaterThanOrEqual(20);
});

const events: Readonly<Record<string, NewEvent>> = {
  'of a tenant': toJoseph,
  'of no tenant, with everything said': {
    ...payment,
    sourceUserId: 'user-uuid',
    targetUserIds: ['user2-uuid', 'user1-uuid'],
    title: 'A "title" with \\ and 🦉',
    message: 'line\nline',
    payload: { nul: '\u0000', deep: [{ a: 1.5 }], big: 12345678901 },
    priority: 'urgent',
    expiresAt: '2030-01-01T00:00:00.000Z',
    actionUrl: '/payments/1',
    correlationId: 'c-1',
  },
  'to somebody of another tenant too': { ...toJoseph, targetUserIds: ['user1-uuid', 'parent-2'] },
  'to nobody of the tenant': { ...toJoseph, tenantId: riverside },
  'whose type awaits every device': {
    ...toJoseph,
    eventType: 'system_maintenance',
    title: 'Away',
    message: 'For an hour',
  },
};

/** The methods of deployments: in the second the types of the school escalate. */
const deployments = [undefined, ['websocket', 'fcm', 'sms', 'webhook']] as const;
const cases = [true, false].flatMap((connected) => deployments.map((methods) => ({ connected, methods })));

for (const { connected, methods } of cases) {
  test.each(Object.entries(events))(
    `what is written at once of an event %s is what is written step by step, ${connected ? 'connected' : 'away'}${methods ? ', and escalates' : ''}`,
    async (_, event) => {
      const own = methods ? { ...tracking, methods } : tracking;
      await disconnectAll(subject);
      if (connected) await connectPeople(subject, 'user1-uuid', 'user2-uuid');
      const before = await subject.told('user1-uuid');
      const together = await createEvent(own, event);
      const middle = await subject.told('user1-uuid');
      const stepwise = await createEvent(own, keyed(event));
      const after = await subject.told('user1-uuid');
      expect({ ...together, eventId: '' }).toEqual({ ...stepwise, eventId: '' });
      expect(await writtenOf(together.eventId)).toEqual(await writtenOf(stepwise.eventId));
      const shapes = (told: typeof after, eventId: string) =>
        told.map(({ type, eventType, data }) => ({
          ...{ type, eventType },
          data: type === 'unread_count' ? 'count' : data.replaceAll(eventId, 'id'),
        }));
      expect(shapes(middle.slice(before.length), together.eventId)).toEqual(
        shapes(after.slice(middle.length), stepwise.eventId),
      );
    },
  );
}

test('an event that escalates is one statement where its person hears it, with the turn of the next method', async () => {
  await disconnectAll(subject);
  const channels = { get: () => ({ subscribers: { size: 1 } }) } as unknown as NonNullable<
    Tracking['channels']
  >;
  const escalating = { ...tracking, channels, methods: ['websocket', 'fcm'] };
  await createEvent(escalating, toJoseph);
  let eventId = '';
  const statements = await statementsOf(async () => {
    ({ eventId } = await createEvent(escalating, toJoseph));
  });
  expect(statements).toEqual([expect.stringContaining('realtime_send_events')]);
  const [row] = await subject.rows(
    `select escalates, extract(epoch from escalates_at - created_at)::integer as after from realtime_event_deliveries where event_id = $1`,
    [eventId],
  );
  expect(row).toEqual({ escalates: true, after: 15 * 60 });
});

test('what is published says the same to readers of this process as to those who read the log', async () => {
  const heard: Appended[] = [];
  const { publisher } = tracking;
  const announcing: Tracking = {
    ...tracking,
    publisher: {
      transaction: publisher.transaction.bind(publisher),
      checkSize: publisher.checkSize.bind(publisher),
      snapshot: publisher.snapshot.bind(publisher),
      async publishBy(publications, append) {
        const published = await publisher.publishBy(publications, append);
        heard.push(...published.publications);
        return published;
      },
    },
  };
  await createEvent(announcing, { ...payment, targetUserIds: ['user2-uuid'] });
  const told = await subject.told('user2-uuid');
  expect(told.slice(-heard.length)).toMatchObject(
    heard.map(({ id, offset, data }) => ({ id, offset, data })),
  );
  expect(heard.length).toBe(2);
});

test('a type that changes is used as it is from the next event on, and one that ends is refused', async () => {
  const change = (columns: string) =>
    subject.rows(`update realtime_event_types set ${columns} where name = 'payment_received'`);
  await createEvent(tracking, toJoseph);
  await change(`priority = 'low'`);
  const { eventId } = await createEvent(tracking, toJoseph);
  const [row] = await subject.rows('select priority from realtime_events where id = $1', [eventId]);
  expect(row).toEqual({ priority: 'low' });
  await createEvent(tracking, toJoseph);
  await change('is_active = false');
  expect(await codeOf(createEvent(tracking, toJoseph))).toBe('validation_failed');
  await change('is_active = true');
  await createEvent(tracking, toJoseph);
});

test('one that the database refuses fails its own caller alone, and leaves nothing', async () => {
  const long = { ...toJoseph, correlationId: 'nul\u0000' };
  const outcomes = await Promise.allSettled(
    [toJoseph, long, toJoseph].map((event) => createEvent(tracking, event)),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const counters = await subject.rows(
    `select c.count from realtime_unread_counts c where c.user_id = 'user1-uuid' and c.count <> (
       select count(*) from realtime_event_deliveries d where d.user_id = c.user_id and d.status in ('sent', 'delivered', 'failed'))`,
  );
  expect(counters).toEqual([]);
});

test('a session that is about to be recorded counts as one that hears', async () => {
  await disconnectAll(subject);
  const channels = { get: () => ({ subscribers: { size: 1 } }) } as unknown as NonNullable<
    Tracking['channels']
  >;
  const reading = { ...tracking, channels };
  const { eventId } = await createEvent(reading, toJoseph);
  const { deliveries } = await writtenOf(eventId);
  expect(deliveries).toMatchObject([{ attempts: 1, awaits_connection: false }]);
});

test('the statement is planned once and not for each event', async () => {
  for (let events = 0; events < 12; events += 1) await createEvent(tracking, toJoseph);
  // The connection that came back last is lent first.
  const [plans] = await subject.rows(
    `select generic_plans::integer as generic, custom_plans::integer as custom from pg_prepared_statements
     where statement like '%realtime_send_events%'`,
  );
  expect(plans).toMatchObject({ custom: 5 });
});
