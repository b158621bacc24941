import { expect, test } from 'bun:test';
import type { DeliveryMethod } from '../../../src/extension/delivery-method.ts';
import { servicePrincipal } from '../../../src/realtime/principal.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { claimOutgoing } from '../../../src/tracking/deliveries/outgoing.ts';
import { cancelEvent } from '../../../src/tracking/deliveries/settle.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { createWebhook } from '../../../src/tracking/methods/webhook.ts';
import type { NewEvent } from '../../../src/tracking/model.ts';
import { startTrackingWorker } from '../../../src/tracking/worker.ts';
import { until } from '../../support/until.ts';
import { type Receiver, startReceiver, webhookSecret } from '../methods/receivers.ts';
import { connectPeople, greenfield, joseph, type Subject, startTracking } from '../support.ts';

const eventType = 'approval_request_pending';
const minute = 60_000;

/** With a type that waits for the person, twice by each method, a minute and then two apart. */
async function startSubject(methods = '{websocket,webhook}') {
  const subject = await startTracking();
  await subject.rows(
    `update realtime_event_types set methods = $1, escalation = null, max_attempts = 2, retry_interval_ms = ${minute} where name = $2`,
    [methods, eventType],
  );
  await connectPeople(subject, joseph.userId);
  return subject;
}

const webhookTo = ({ clock }: Subject, { url }: Receiver) =>
  createWebhook({ url, secret: webhookSecret, allowPrivate: true, clock });

const startWorker = (
  { tracking, url }: Subject,
  methods: readonly DeliveryMethod[] = [],
  more: Partial<Parameters<typeof startTrackingWorker>[0]> = {},
) => startTrackingWorker({ tracking, methods, listenUrl: url, random: () => 0, ...more });

const create = ({ tracking }: Subject, more: Partial<NewEvent> = {}) =>
  createEvent(tracking, {
    eventType,
    tenantId: greenfield,
    targetUserIds: [joseph.userId],
    payload: { title: 'Budget', requestedBy: 'Esther' },
    ...more,
  });

const delivery = async ({ rows }: Subject, eventId: string) =>
  (await rows('select * from realtime_event_deliveries where event_id = $1', [eventId]))[0] ?? {};

/** Waits until the delivery says all of `expected`, moving the clock by `ms` first. */
async function expectAfter(subject: Subject, ms: number, eventId: string, expected: object): Promise<void> {
  subject.clock.advance(ms);
  let row: Record<string, unknown> = {};
  const holds = async () => {
    row = await delivery(subject, eventId);
    return Bun.deepMatch(expected, row);
  };
  await until(holds).catch(() => expect(row).toMatchObject(expected));
}

const publications = async (subject: Subject) =>
  (await subject.told(joseph.userId)).filter(({ type }) => type === 'realtime_event').length;

const at = ({ clock }: Subject, ms: number) => new Date(clock.now() + ms).toISOString();

test('who does not answer is told again, then by webhook, whose receiver is called once, and each step is in the delivery', async () => {
  await using subject = await startSubject();
  await using receiver = startReceiver();
  await using _worker = startWorker(subject, [webhookTo(subject, receiver)]);
  const { eventId } = await create(subject);
  const expectNext = (ms: number, expected: object) => expectAfter(subject, ms, eventId, expected);

  await expectNext(0, {
    status: 'sent',
    method: 'websocket',
    attempts: 1,
    next_attempt_at: at(subject, minute),
  });
  await expectNext(minute, { attempts: 2, next_attempt_at: at(subject, minute + 2 * minute) });
  expect([await publications(subject), receiver.received()]).toEqual([2, 0]);

  const handedOver = {
    status: 'sent',
    method: 'webhook',
    attempts: 1,
    last_error: null,
    next_attempt_at: null,
  };
  await expectNext(2 * minute, handedOver);
  expect(JSON.parse((await receiver.next()).body)).toMatchObject({
    type: eventType,
    data: { userId: joseph.userId, attempt: 1, event: { id: eventId, title: 'Approval needed: Budget' } },
  });
  const later = await create(subject);
  await expectAfter(subject, 60 * minute, later.eventId, { attempts: 2 });
  expect(await delivery(subject, eventId)).toMatchObject(handedOver);
  expect(receiver.received()).toBe(1);
  expect(await acknowledge(subject.tracking, joseph, { eventId, kind: 'acknowledged' })).toMatchObject({
    status: 'acknowledged',
    unread: { count: 1 },
  });
});

test('an answer in the meantime ends it, whatever method is on its way', async () => {
  await using subject = await startSubject();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  await using receiver = startReceiver(async () => {
    arrive();
    await answered;
    return new Response(null, { status: 503 });
  });
  await using _worker = startWorker(subject, [webhookTo(subject, receiver)]);
  const { eventId } = await create(subject);
  await expectAfter(subject, minute, eventId, { attempts: 2 });
  subject.clock.advance(2 * minute);
  await arrived;
  await acknowledge(subject.tracking, joseph, { eventId, kind: 'acknowledged' });
  answer();
  const other = await create(subject);
  await expectAfter(subject, 60 * minute, other.eventId, { attempts: 2 });
  expect(await delivery(subject, eventId)).toMatchObject({ status: 'acknowledged', next_attempt_at: null });
  expect(receiver.received()).toBe(1);
});

test('a receiver in trouble is asked again when it says so, and the last refusal ends it', async () => {
  await using subject = await startSubject('{webhook}');
  await using receiver = startReceiver(
    () => new Response(null, { status: 503, headers: { 'retry-after': '600' } }),
  );
  await using _worker = startWorker(subject, [webhookTo(subject, receiver)], { random: () => 1 });
  const { eventId } = await create(subject);
  // Ten minutes, and the quarter that keeps a thousand of them from coming back at once.
  await expectAfter(subject, 1_000, eventId, {
    status: 'sent',
    attempts: 1,
    last_error: 'webhook: answered 503',
    next_attempt_at: at(subject, 1_000 + 12.5 * minute),
  });
  await expectAfter(subject, 13 * minute, eventId, {
    status: 'failed',
    attempts: 2,
    last_error: 'webhook: answered 503',
  });
  expect(receiver.received()).toBe(2);
});

test('410 hands over at once, and so does a method this deployment has not', async () => {
  await using subject = await startSubject('{pigeon,webhook,web-push,websocket}');
  await using receiver = startReceiver(() => new Response(null, { status: 410 }));
  await using _worker = startWorker(subject, [webhookTo(subject, receiver)]);
  const { eventId } = await create(subject);
  await expectAfter(subject, 1_000, eventId, { method: 'websocket', attempts: 1, status: 'sent' });
  expect(receiver.received()).toBe(1);
  expect(await publications(subject)).toBe(1);
});

test('an unreachable receiver is told to those who look by a code, never by its address', async () => {
  await using subject = await startSubject('{webhook}');
  const receiver = startReceiver();
  await receiver[Symbol.asyncDispose]();
  await using _worker = startWorker(subject, [webhookTo(subject, receiver)]);
  const { eventId } = await create(subject);
  await expectAfter(subject, 1_000, eventId, { attempts: 1, last_error: 'webhook: ECONNREFUSED' });
});

test('the urgent ones go first, by whatever method', async () => {
  await using subject = await startSubject('{webhook}');
  const { tracking, database, rows } = subject;
  const priorities = ['normal', 'critical', 'low', 'urgent', 'high'] as const;
  await database.transaction(async (tx) => {
    for (const priority of priorities) {
      const common = { tenantId: greenfield, targetUserIds: [joseph.userId], priority };
      await createEvent(tracking, { ...common, eventType, payload: {} }, { tx });
      await createEvent(tracking, { ...common, eventType: 'payment_received', payload: {} }, { tx });
    }
  });
  const expected = ['critical', 'urgent', 'high', 'normal', 'low'];
  const claimed = await claimOutgoing(tracking, ['webhook'], 100);
  expect(claimed.map(({ event }) => event.priority)).toEqual(expected);
  await using _worker = startWorker(subject);
  await until(async () => (await publications(subject)) === 5);
  const told = (await subject.told(joseph.userId)).filter(({ type }) => type === 'realtime_event');
  expect(told.map(({ data }) => JSON.parse(data).priority)).toEqual(expected);
  // Leased: nobody else gets them before the lease ends.
  expect(await claimOutgoing(tracking, ['webhook'], 100)).toEqual([]);
  expect(await rows(`select from realtime_event_deliveries where status <> 'sent'`)).toEqual([]);
});

test('what is scheduled waits for its time, what is over by then expires, what is cancelled never comes', async () => {
  await using subject = await startSubject();
  await using receiver = startReceiver();
  await using _worker = startWorker(subject, [webhookTo(subject, receiver)]);
  const scheduledAt = at(subject, 10 * minute);
  const scheduled = await create(subject, { scheduledAt, expiresAt: at(subject, 12 * minute) });
  const cancelled = await create(subject);
  await cancelEvent(subject.tracking, servicePrincipal, cancelled.eventId);
  const probe = await create(subject, { scheduledAt: at(subject, 9 * minute) });
  await expectAfter(subject, 9 * minute, probe.eventId, { status: 'sent' });
  expect(await delivery(subject, scheduled.eventId)).toMatchObject({ status: 'pending' });
  await expectAfter(subject, minute, scheduled.eventId, { status: 'sent', attempts: 1 });
  await expectAfter(subject, 2 * minute, scheduled.eventId, { status: 'expired', next_attempt_at: null });
  expect(await delivery(subject, cancelled.eventId)).toMatchObject({ status: 'cancelled', attempts: 1 });
});

test('what was read and then cancelled is not asked for again', async () => {
  await using subject = await startSubject();
  await using _worker = startWorker(subject);
  const { eventId } = await create(subject);
  // The worker may have claimed it before its author.
  await expectAfter(subject, 0, eventId, { status: 'sent' });
  await acknowledge(subject.tracking, joseph, { eventId, kind: 'read' });
  await cancelEvent(subject.tracking, servicePrincipal, eventId);
  const other = await create(subject);
  await expectAfter(subject, minute, other.eventId, { attempts: 2 });
  expect(await delivery(subject, eventId)).toMatchObject({ status: 'read', attempts: 1 });
});

test('what was read and then ran out waits for nothing any more', async () => {
  await using subject = await startSubject();
  await using _worker = startWorker(subject);
  const { eventId } = await create(subject, { expiresAt: at(subject, minute / 2) });
  await expectAfter(subject, 0, eventId, { status: 'sent' });
  await acknowledge(subject.tracking, joseph, { eventId, kind: 'read' });
  await expectAfter(subject, minute, eventId, { status: 'read', next_attempt_at: null });
});

test('stopping waits for nobody, and what was on its way counts as not tried', async () => {
  await using subject = await startSubject('{webhook}');
  await using receiver = startReceiver(() => new Promise(() => undefined));
  const worker = startWorker(subject, [webhookTo(subject, receiver)]);
  const { eventId } = await create(subject);
  await receiver.next();
  await worker[Symbol.asyncDispose]();
  expect(await delivery(subject, eventId)).toMatchObject({ status: 'sent', attempts: 0, last_error: null });
});
