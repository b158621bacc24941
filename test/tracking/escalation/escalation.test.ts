import { describe, expect, test } from 'bun:test';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { readAttempts } from '../../../src/tracking/deliveries/attempts.ts';
import { claimOutgoing, leaseMs } from '../../../src/tracking/deliveries/outgoing.ts';
import { readAll } from '../../../src/tracking/inbox/read-all.ts';
import { removeDevice } from '../../../src/tracking/methods/fcm/devices.ts';
import { savePreferences } from '../../../src/tracking/preferences/preferences.ts';
import { statistics } from '../../../src/tracking/statistics/statistics.ts';
import { fault } from '../methods/fcm/fcm-server.ts';
import { disconnectAll, joseph, mary, ruth } from '../support.ts';
import { hour, minute, phone, type Reach, startReach } from './reach.ts';

const read = ({ tracking }: Reach, eventId: string) =>
  acknowledge(tracking, joseph, { eventId, kind: 'read' });
const none = { fcm: 0, sms: 0, email: 0 };

/** Moves the clock until the delivery has reached a method and it was taken there, or is about to leave. */
const steps: readonly (readonly [
  name: string,
  to: (reach: Reach, eventId: string) => Promise<void>,
  sent: object,
  spared: string[],
])[] = [
  ['the socket', async () => undefined, none, ['fcm', 'sms']],
  [
    'the push',
    async (reach, eventId) => {
      reach.clock.advance(5 * minute);
      await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1, next_attempt_at: null });
    },
    { ...none, fcm: 1 },
    ['sms'],
  ],
  [
    'a push that is tried again',
    async (reach, eventId) => {
      reach.fcm.answer(() => fault(503, 'UNAVAILABLE'));
      reach.clock.advance(5 * minute);
      await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1, last_error: 'fcm: UNAVAILABLE' });
    },
    { ...none, fcm: 1 },
    ['sms'],
  ],
  [
    'the SMS',
    async (reach, eventId) => {
      reach.clock.advance(5 * minute);
      await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1 });
      reach.clock.advance(15 * minute);
      await reach.expectDelivery(eventId, { method: 'sms', attempts: 1 });
    },
    { ...none, fcm: 1, sms: 1 },
    [],
  ],
];

test('an event that is not read goes from the socket to push and on to SMS, each after its time and under one id', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  const from = reach.instant(0);
  await using _worker = reach.startWorker();
  const eventId = await reach.create();
  await reach.expectDelivery(eventId, {
    method: 'websocket',
    status: 'sent',
    escalates_at: reach.instant(5 * minute),
  });
  reach.clock.advance(5 * minute - 1);
  expect(reach.sent()).toEqual(none);
  reach.clock.advance(1);
  await reach.expectDelivery(eventId, {
    method: 'fcm',
    attempts: 1,
    escalations: 1,
    escalates_at: reach.instant(15 * minute),
  });
  expect(reach.fcm.messages[0]?.data['id']).toBe(eventId);
  reach.clock.advance(15 * minute);
  await reach.expectDelivery(eventId, {
    method: 'sms',
    attempts: 1,
    escalations: 2,
    escalates_at: null,
    status: 'sent',
  });
  expect(reach.sms.sent).toMatchObject([{ to: phone, body: 'Fees: Due tomorrow' }]);
  reach.clock.advance(hour);
  await read(reach, eventId);
  expect(await readAttempts(reach.tracking, ruth, eventId)).toMatchObject([
    { method: 'fcm', attempt: 1, outcome: 'taken', providerId: 'projects/p/messages/1' },
    { method: 'sms', attempt: 1, outcome: 'taken', providerId: 'SM1', segments: 1 },
  ]);
  const to = reach.instant(1);
  expect(await statistics(reach.tracking, ruth, { from, to })).toMatchObject({
    escalated: 1,
    spared: {},
    methods: { fcm: { attempts: 1, taken: 1 }, sms: { attempts: 1, taken: 1 } },
  });
});

describe('reading it anywhere', () => {
  for (const [name, to, sent, spared] of steps) {
    test(`after ${name} cancels all that has not left, and is counted`, async () => {
      await using reach = await startReach();
      await reach.addJoseph();
      const from = reach.instant(0);
      await using _worker = reach.startWorker();
      const eventId = await reach.create();
      await reach.expectDelivery(eventId, { status: 'sent' });
      await to(reach, eventId);
      await read(reach, eventId);
      const ended = { status: 'read', next_attempt_at: null, escalates_at: null, spared };
      await reach.expectDelivery(eventId, ended);
      reach.fcm.answer(undefined);
      // Another one goes all the way: what was cancelled had its chance by then.
      const other = await reach.create();
      await reach.expectDelivery(other, { status: 'sent' });
      reach.clock.advance(5 * minute);
      await reach.expectDelivery(other, { method: 'fcm', attempts: 1 });
      reach.clock.advance(15 * minute);
      await reach.expectDelivery(other, { method: 'sms', attempts: 1 });
      const { fcm, sms } = { ...none, ...sent };
      expect(reach.sent()).toEqual({ fcm: fcm + 1, sms: sms + 1, email: 0 });
      expect(await reach.delivery(eventId)).toMatchObject(ended);
      const counted = Object.fromEntries(spared.map((method) => [method, 1]));
      const period = { from, to: reach.instant(1) };
      expect((await statistics(reach.tracking, ruth, period)).spared).toEqual(counted);
    });
  }

  test('while a push is on its way takes nothing back, and is not undone by its outcome', async () => {
    await using reach = await startReach();
    await reach.addJoseph();
    await using _worker = reach.startWorker();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    reach.fcm.answer(async () => {
      arrive();
      await answered;
      return Response.json({ name: 'projects/p/messages/1' });
    });
    const eventId = await reach.create();
    await reach.expectDelivery(eventId, { status: 'sent' });
    reach.clock.advance(5 * minute);
    await arrived;
    await read(reach, eventId);
    answer();
    const [attempt] = await readAttempts(reach.tracking, joseph, eventId);
    expect(attempt).toMatchObject({ method: 'fcm' });
    await reach.expectDelivery(eventId, { status: 'read', next_attempt_at: null, escalates_at: null });
  });

  test('with all the others at once ends them as well', async () => {
    await using reach = await startReach();
    await reach.addJoseph();
    await using _worker = reach.startWorker();
    const ids = [await reach.create(), await reach.create()];
    for (const eventId of ids) await reach.expectDelivery(eventId, { status: 'sent' });
    await readAll(reach.tracking, joseph);
    for (const eventId of ids) {
      expect(await reach.delivery(eventId)).toMatchObject({ escalates_at: null, spared: ['fcm', 'sms'] });
    }
  });
});

test('a device that has it is no person who read it', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const eventId = await reach.create();
  await reach.expectDelivery(eventId, { status: 'sent' });
  const arrives = (deviceId: string) =>
    acknowledge(reach.tracking, joseph, { eventId, kind: 'delivered', deviceId });
  await arrives('phone-1');
  reach.fcm.answer(() => fault(503, 'UNAVAILABLE', undefined, { 'retry-after': '120' }));
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(eventId, {
    method: 'fcm',
    attempts: 1,
    next_attempt_at: reach.instant(2 * minute),
  });
  await arrives('phone-2');
  expect(await reach.delivery(eventId)).toMatchObject({
    status: 'delivered',
    next_attempt_at: reach.instant(2 * minute),
  });
  reach.fcm.answer(undefined);
  reach.clock.advance(2 * minute);
  await reach.expectDelivery(eventId, {
    attempts: 2,
    next_attempt_at: null,
    escalates_at: reach.instant(15 * minute),
  });
  expect(reach.sent()).toEqual({ ...none, fcm: 2 });
});

test('a person who is not connected, and has no phone that takes pushes, is sent the SMS at once', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  await disconnectAll(reach);
  await using _worker = reach.startWorker();
  const pushed = await reach.create();
  await reach.expectDelivery(pushed, {
    method: 'fcm',
    attempts: 1,
    escalates_at: reach.instant(15 * minute),
    awaits_connection: true,
  });
  await removeDevice(reach.tracking, joseph, 'joseph:registration-token');
  const eventId = await reach.create();
  await reach.expectDelivery(eventId, { method: 'sms', attempts: 1, status: 'sent' });
  expect(reach.sent()).toEqual({ ...none, fcm: 1, sms: 1 });
});

test('an event below the priority of a method does not go there, and one whose type has no rules goes nowhere', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const normal = await reach.create({ priority: 'normal' });
  await reach.rows(
    `update realtime_event_types set methods = '{websocket,fcm,sms}' where name = 'user_login'`,
  );
  const plain = await reach.create({ eventType: 'user_login' });
  await reach.expectDelivery(normal, { status: 'sent', escalates_at: reach.instant(5 * minute) });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(normal, {
    method: 'fcm',
    attempts: 1,
    next_attempt_at: null,
    escalates_at: null,
  });
  const high = await reach.create();
  await reach.expectDelivery(high, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(high, { method: 'fcm', attempts: 1 });
  reach.clock.advance(15 * minute);
  await reach.expectDelivery(high, { method: 'sms', attempts: 1 });
  expect(reach.sent()).toEqual({ ...none, fcm: 2, sms: 1 });
  expect(await reach.delivery(plain)).toMatchObject({ method: 'websocket', escalates: false });
});

test('what a person turned off for a type, or for all, is passed over', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const choose = (choices: { eventType: string; method: string; choice: 'now' | 'off' }[]) =>
    savePreferences(reach.tracking, joseph, { choices });
  await choose([
    { eventType: '*', method: 'fcm', choice: 'off' },
    { eventType: 'payment_received', method: 'fcm', choice: 'now' },
    { eventType: 'payment_received', method: 'sms', choice: 'off' },
  ]);
  const first = await reach.create();
  await reach.expectDelivery(first, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(first, { method: 'fcm', attempts: 1 });
  reach.clock.advance(15 * minute);
  await reach.expectDelivery(first, { method: 'fcm', escalates_at: null, status: 'sent' });
  await choose([{ eventType: '*', method: 'fcm', choice: 'off' }]);
  const second = await reach.create();
  await reach.expectDelivery(second, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(second, { method: 'sms', attempts: 1, escalations: 1 });
  expect(reach.sent()).toEqual({ ...none, fcm: 1, sms: 1 });
  // Turned off between the escalation and the attempt.
  reach.fcm.answer(() => fault(503, 'UNAVAILABLE'));
  await choose([{ eventType: '*', method: 'sms', choice: 'off' }]);
  const third = await reach.create();
  await reach.expectDelivery(third, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(third, { method: 'fcm', attempts: 1 });
  await choose([
    { eventType: '*', method: 'fcm', choice: 'off' },
    { eventType: '*', method: 'sms', choice: 'off' },
  ]);
  reach.clock.advance(10 * minute);
  await reach.expectDelivery(third, { status: 'failed', last_error: 'fcm: they turned it off' });
});

test('an announcement to a whole school escalates for each of its people by themselves', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const eventId = await reach.create({ targetUserIds: undefined as never });
  await reach.expectDelivery(eventId, { escalates: true });
  const [{ count } = { count: 0 }] = await reach.rows(
    'select count(*)::int as count from realtime_event_deliveries',
  );
  expect(count).toBeGreaterThan(3);
});

test('a process that dies between two steps leaves the rest to another, which repeats what nobody knows', async () => {
  await using reach = await startReach();
  await reach.addJoseph();
  const names = reach.ways.map(({ name }) => name);
  let eventId = '';
  {
    await using _worker = reach.startWorker();
    eventId = await reach.create();
    await reach.expectDelivery(eventId, { status: 'sent' });
  }
  // It dies while it waits, and the heir escalates; that one dies with the push in hand, and its heir sends it.
  reach.clock.advance(5 * minute);
  {
    await using _worker = reach.startWorker();
    await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1 });
  }
  reach.clock.advance(15 * minute - 1);
  await reach.rows(
    `update realtime_event_deliveries set method = 'sms', attempts = 0, next_attempt_at = $1, escalates_at = null`,
    [reach.instant(0)],
  );
  expect(await claimOutgoing(reach.tracking, names, 10)).toHaveLength(1);
  await using _worker = reach.startWorker();
  reach.clock.advance(leaseMs);
  await reach.expectDelivery(eventId, { method: 'sms', attempts: 1, next_attempt_at: null });
  expect(reach.sent()).toEqual({ ...none, fcm: 1, sms: 1 });
  expect(await readAttempts(reach.tracking, joseph, eventId)).toMatchObject([
    { method: 'fcm', outcome: 'taken' },
    { method: 'sms', outcome: null },
    { method: 'sms', outcome: 'taken' },
  ]);
});

test('who is of another school sees nothing of the attempts', async () => {
  await using reach = await startReach({ methods: '{fcm}' });
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const eventId = await reach.create();
  await reach.expectDelivery(eventId, { method: 'fcm', attempts: 1 });
  expect(await readAttempts(reach.tracking, mary, eventId)).toEqual([]);
  expect(await readAttempts(reach.tracking, { ...ruth, userId: 'principal-2' }, eventId)).toEqual([]);
});
