import { expect, test } from 'bun:test';
import { servicePrincipal } from '../../../src/realtime/principal.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { passOnDue } from '../../../src/tracking/deliveries/pass-on.ts';
import { sendAwaiting, sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { cancelEvent, expireDue } from '../../../src/tracking/deliveries/settle.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import type { NewEvent } from '../../../src/tracking/model.ts';
import {
  connectPeople,
  disconnectAll,
  greenfield,
  joseph,
  mary,
  type Subject,
  startTracking,
} from '../support.ts';

const device = 'assignment_overdue';
const create = ({ tracking }: Subject, eventType: string, more: Partial<NewEvent> = {}) =>
  createEvent(tracking, { eventType, tenantId: greenfield, targetUserIds: [joseph.userId], ...more });

const delivery = async ({ rows }: Subject, eventId: string) =>
  (await rows('select * from realtime_event_deliveries where event_id = $1', [eventId]))[0] ?? {};

/** The content of the log of Joseph's channel: event and attempt. */
const heard = async (subject: Subject) =>
  (await subject.told(joseph.userId))
    .filter(({ type }) => type === 'realtime_event')
    .map(({ data, exclude }) => ({ ...JSON.parse(data), exclude }))
    .map(({ id, attempt, exclude }) => ({ id, attempt, exclude }));

async function sendAfter({ tracking, clock }: Subject, ms: number): Promise<void> {
  clock.advance(ms);
  await sendDue(tracking);
  await passOnDue(tracking, ['websocket']);
}

test('nobody connected costs no attempt and fails nothing, and the next connection gets it all in order', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const types = ['custom_notification', device, 'payment_received', 'approval_request_pending'];
  const ids: string[] = [];
  for (const [index, eventType] of types.entries()) {
    // A later one is more urgent: what awaited somebody comes in the order in which it was sent.
    const priority = index === 3 ? 'critical' : 'normal';
    ids.push((await create(subject, eventType, { title: 't', message: 'm', priority })).eventId);
    clock.advance(1);
  }
  for (let look = 0; look < 20; look++) await sendAfter(subject, 3_600_000);
  for (const id of ids) {
    const expected = { status: 'sent', attempts: 0, next_attempt_at: null, awaits_connection: true };
    expect(await delivery(subject, id)).toMatchObject(expected);
  }
  expect((await heard(subject)).map(({ id }) => id)).toEqual(ids);

  await connectPeople(subject, joseph.userId);
  await sendAwaiting(tracking, [joseph.userId, mary.userId]);
  await sendAwaiting(tracking, [joseph.userId]);
  const again = (await heard(subject)).slice(ids.length);
  expect(again.map(({ id, attempt }) => ({ id, attempt }))).toEqual(ids.map((id) => ({ id, attempt: 1 })));
  expect(again[1]?.exclude).toMatch(/^since:[0-9a-f]{8}:2$/);
  expect(await delivery(subject, ids[0] ?? '')).toMatchObject({ attempts: 1, next_attempt_at: null });
  const retriedAt = new Date(clock.now() + 30_000).toISOString();
  const retried = { attempts: 1, next_attempt_at: retriedAt, awaits_connection: false };
  expect(await delivery(subject, ids[1] ?? '')).toMatchObject(retried);
});

test('a person who leaves between two attempts keeps the rest of them', async () => {
  await using subject = await startTracking();
  await connectPeople(subject, joseph.userId);
  const { eventId } = await create(subject, device);
  await disconnectAll(subject);
  for (let look = 0; look < 5; look++) await sendAfter(subject, 3_600_000);
  expect(await delivery(subject, eventId)).toMatchObject({ status: 'sent', attempts: 1 });
  expect(await heard(subject)).toHaveLength(1);
  await connectPeople(subject, joseph.userId);
  await sendAwaiting(subject.tracking, [joseph.userId]);
  await sendAfter(subject, 60_000);
  expect((await heard(subject)).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  await sendAfter(subject, 120_000);
  const failed = { status: 'failed', attempts: 3, last_error: 'no acknowledgement after 3 by websocket' };
  expect(await delivery(subject, eventId)).toMatchObject(failed);
});

test('while nobody is connected the next method has its turn after the interval, and a connection still gets it', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const { eventId } = await create(subject, 'payment_received');
  clock.advance(29_999);
  expect(await passOnDue(tracking, ['websocket', 'webhook'])).toBe(0);
  clock.advance(1);
  expect(await passOnDue(tracking, ['websocket', 'webhook'])).toBe(1);
  const passed = {
    method: 'webhook',
    attempts: 0,
    last_error: 'nobody was connected',
    awaits_connection: true,
  };
  expect(await delivery(subject, eventId)).toMatchObject(passed);
  await connectPeople(subject, joseph.userId);
  await sendAwaiting(tracking, [joseph.userId]);
  expect(await heard(subject)).toHaveLength(2);
  expect(await delivery(subject, eventId)).toMatchObject({ method: 'webhook', awaits_connection: false });
});

test('what was answered, is over or was taken back awaits nobody', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const answered = await create(subject, device);
  await acknowledge(tracking, joseph, { eventId: answered.eventId, kind: 'read' });
  const cancelled = await create(subject, device);
  await cancelEvent(tracking, servicePrincipal, cancelled.eventId);
  const expiresAt = new Date(clock.now() + 1_000).toISOString();
  const expired = await create(subject, device, { expiresAt });
  clock.advance(2_000);
  const over = await heard(subject);
  await sendAwaiting(tracking, [joseph.userId]);
  await expireDue(tracking);
  await sendAwaiting(tracking, [joseph.userId]);
  expect(await heard(subject)).toEqual(over);
  for (const { eventId } of [answered, cancelled, expired]) {
    expect(await delivery(subject, eventId)).toMatchObject({ awaits_connection: false });
  }
});

test('what waits for the person goes on waiting when a device says that it arrived', async () => {
  await using subject = await startTracking();
  const { tracking } = subject;
  const { eventId } = await create(subject, 'approval_request_pending');
  await acknowledge(tracking, joseph, { eventId, kind: 'read' });
  await connectPeople(subject, joseph.userId);
  await sendAwaiting(tracking, [joseph.userId]);
  expect(await heard(subject)).toHaveLength(2);
  expect(await delivery(subject, eventId)).toMatchObject({
    status: 'read',
    attempts: 1,
    awaits_connection: false,
  });
});
