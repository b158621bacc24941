import { expect, test } from 'bun:test';
import { schoolEventTypes } from '../../../src/domains/school/event-types.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { joseph } from '../support.ts';
import { minute, phone, startReach } from './reach.ts';

const shippedOf = (name: string) => {
  const type = schoolEventTypes.find((each) => each.name === name);
  if (!type?.escalation || !type.methods) throw new Error(`${name} does not escalate.`);
  return { methods: `{${type.methods.join(',')}}`, escalation: type.escalation };
};
/** With the type that `startReach` changes as it is shipped. */
const start = () => startReach(shippedOf('payment_received'));

test('the phone rings for every shipped type that escalates at its priority, and for no other', async () => {
  await using reach = await start();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const created = await Promise.all(
    schoolEventTypes.map(async ({ name: eventType, priority = 'normal', escalation }) => {
      // Announcements ring from `high` on.
      const from = escalation?.['fcm']?.fromPriority === 'high' ? 'high' : priority;
      const eventId = await reach.create({ eventType, priority: from });
      await reach.expectDelivery(eventId, { status: 'sent', escalates: escalation !== undefined });
      return { eventId, escalates: escalation !== undefined };
    }),
  );
  const ringing = created.filter(({ escalates }) => escalates);
  expect(ringing.length).toBe(schoolEventTypes.length - 2);
  reach.clock.advance(15 * minute);
  const pushed = () => new Set(reach.fcm.messages.map(({ data }) => data['id']));
  for (const { eventId } of ringing) await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1 });
  expect(pushed()).toEqual(new Set(ringing.map(({ eventId }) => eventId)));
});

test('a critical announcement goes on to SMS, an urgent one rings and ends there, a normal one does not ring', async () => {
  await using reach = await start();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const create = (priority: 'normal' | 'urgent' | 'critical') =>
    reach.create({ eventType: 'school_announcement', priority });
  const [normal, urgent, critical] = [
    await create('normal'),
    await create('urgent'),
    await create('critical'),
  ];
  for (const id of [normal, urgent, critical]) await reach.expectDelivery(id, { status: 'sent' });
  reach.clock.advance(2 * minute);
  for (const id of [urgent, critical]) await reach.expectDelivery(id, { method: 'fcm', attempts: 1 });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(critical, { method: 'sms', attempts: 1 });
  await reach.expectDelivery(urgent, { method: 'fcm', escalates_at: null });
  expect(reach.sms.sent).toMatchObject([{ to: phone }]);
  expect(await reach.delivery(normal)).toMatchObject({ method: 'websocket', escalates: false });
});

test('an approval that nobody gives rings, and comes by e-mail an hour later; reading it ends that', async () => {
  await using reach = await start();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const create = () => reach.create({ eventType: 'approval_request_pending', title: 'Budget' });
  const [unread, read] = [await create(), await create()];
  for (const id of [unread, read]) await reach.expectDelivery(id, { status: 'sent' });
  reach.clock.advance(5 * minute);
  for (const id of [unread, read]) await reach.expectDelivery(id, { method: 'fcm', attempts: 1 });
  await acknowledge(reach.tracking, joseph, { eventId: read, kind: 'read' });
  reach.clock.advance(60 * minute);
  await reach.expectDelivery(unread, { method: 'email', attempts: 1 });
  expect((await reach.smtp.next()).headers).toMatchObject({ subject: 'Budget' });
  expect(reach.sent()).toEqual({ fcm: 2, sms: 0, email: 1 });
});

test('a deployment without other methods lets nothing escalate, and announces to a school on its channel', async () => {
  await using reach = await start();
  const tracking = { ...reach.tracking, methods: ['websocket'] };
  const announced = await createEvent(tracking, {
    eventType: 'school_announcement',
    tenantId: 'school-uuid',
    title: 'Closed',
    message: 'Tomorrow',
    priority: 'critical',
  });
  expect(announced.deliveryMode).toBe('channel');
  const { eventId } = await createEvent(tracking, {
    eventType: 'payment_received',
    tenantId: 'school-uuid',
    targetUserIds: [joseph.userId],
    title: 'Paid',
    message: 'Thanks',
  });
  expect(await reach.delivery(eventId)).toMatchObject({ escalates: false, escalates_at: null });
});
