import { expect, test } from 'bun:test';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { hour, minute, startReach } from '../escalation/reach.ts';
import { joseph } from '../support.ts';
import { addHabits } from './planning.ts';

const at = '2026-03-02T09:20:00Z';
const noon = '2026-03-02T12:00:00.000Z';
const settings = { at, escalation: { fcm: { afterMs: 5 * minute } }, prediction: { waitHours: 6 } };

test('a push of a normal event waits for the hour of its person, while an urgent one leaves, and a read cancels it', async () => {
  await using reach = await startReach(settings);
  await reach.addJoseph();
  await addHabits(reach, 'fcm', 12);
  await using _worker = reach.startWorker();
  const [normal, read, urgent] = [
    await reach.create({ priority: 'normal' }),
    await reach.create({ priority: 'normal' }),
    await reach.create({ priority: 'urgent' }),
  ];
  for (const id of [normal, read, urgent]) await reach.expectDelivery(id, { status: 'sent' });
  reach.clock.advance(5 * minute);
  for (const id of [normal, read]) {
    await reach.expectDelivery(id, {
      method: 'fcm',
      attempts: 0,
      next_attempt_at: noon,
      planned_method: 'fcm',
    });
  }
  await reach.expectDelivery(urgent, { method: 'fcm', attempts: 1, planned_method: null });
  await acknowledge(reach.tracking, joseph, { eventId: read, kind: 'read' });
  expect(await reach.delivery(read)).toMatchObject({ next_attempt_at: null, spared: ['fcm'] });
  reach.clock.advance(Date.parse(noon) - reach.clock.now());
  await reach.expectDelivery(normal, { method: 'fcm', attempts: 1 });
  expect(reach.fcm.messages.map(({ data }) => data['id'])).toEqual([urgent, normal]);
});

test('without the variable nothing waits', async () => {
  await using reach = await startReach({ ...settings, prediction: undefined });
  await reach.addJoseph();
  await addHabits(reach, 'fcm', 12);
  await using _worker = reach.startWorker();
  const eventId = await reach.create({ priority: 'normal' });
  await reach.expectDelivery(eventId, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1, planned_method: null });
});

test('a digest lists first what is read most, by the priority score', async () => {
  await using reach = await startReach({
    ...settings,
    methods: '{websocket,email}',
    escalation: { email: { afterMs: 5 * minute } },
  });
  await reach.addJoseph();
  await reach.rows(
    `insert into realtime_predictions (name, learned_until, learned, weights) values ('reads', now(), 9, $1)`,
    [JSON.stringify({ hasAction: { weight: 2, squares: 1 } })],
  );
  await using _worker = reach.startWorker();
  const plain = await reach.create({ priority: 'low', title: 'Plain' });
  const action = await reach.create({
    priority: 'low',
    title: 'To sign',
    actionUrl: 'https://school.example/sign',
  });
  for (const id of [plain, action]) await reach.expectDelivery(id, { status: 'sent' });
  reach.clock.advance(5 * minute);
  for (const id of [plain, action]) await reach.expectDelivery(id, { in_digest: true });
  reach.clock.advance(24 * hour);
  for (const id of [plain, action]) await reach.expectDelivery(id, { attempts: 1, in_digest: false });
  expect((await reach.smtp.next()).headers).toMatchObject({ subject: 'To sign (+1)' });
});
