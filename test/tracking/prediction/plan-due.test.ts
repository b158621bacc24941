import { describe, expect, test } from 'bun:test';
import { schoolEventTypes } from '../../../src/domains/school/event-types.ts';
import type { DeliveryMethod, Outcome } from '../../../src/extension/delivery-method.ts';
import { createBell } from '../../../src/lib/bell.ts';
import { DueBell } from '../../../src/tracking/deliveries/due.ts';
import { claimOutgoing } from '../../../src/tracking/deliveries/outgoing.ts';
import { Attempts } from '../../../src/tracking/escalation/outgoing-attempts.ts';
import { planAll, planDue } from '../../../src/tracking/prediction/plan-due.ts';
import { savePreferences } from '../../../src/tracking/preferences/preferences.ts';
import { priorities } from '../../../src/tracking/statuses.ts';
import { joseph, type Subject } from '../support.ts';
import { addDue, addHabits, plannedOf, planOptions, startPlanning } from './planning.ts';

/** A Monday. */
const monday = '2026-03-02T09:20:00.000Z';
const claim = (subject: Subject) =>
  claimOutgoing(subject.tracking, planOptions.methods, 100, { digestible: ['email'], isPlanned: true });

test('a normal event waits for the hour in which its person reads, and is claimed then', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'fcm', 12, 13, 14);
  const eventId = await addDue(subject);
  expect(await claim(subject)).toEqual([]);
  expect(await planDue(subject.tracking, planOptions)).toBe(1);
  expect(await plannedOf(subject, eventId)).toEqual({
    at: '2026-03-02T12:00:00.000Z',
    method: 'fcm',
    inDigest: false,
  });
  expect(await claim(subject)).toEqual([]);
  subject.clock.advance(Date.parse('2026-03-02T12:00:00.000Z') - subject.clock.now());
  expect(await planDue(subject.tracking, planOptions)).toBe(0);
  expect((await claim(subject)).map(({ event }) => event.id)).toEqual([eventId]);
});

test('an event leaves at once in a good hour, beyond the longest wait, and where nothing is known', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'fcm', 9, 12);
  await addHabits(subject, 'email', 16);
  const ids = [
    await addDue(subject),
    await addDue(subject, { method: 'email' }),
    await addDue(subject, { method: 'sms' }),
  ];
  expect(await planDue(subject.tracking, planOptions)).toBe(3);
  for (const id of ids) expect((await plannedOf(subject, id)).at).toBe(monday);
  expect((await claim(subject)).map(({ event }) => event.id).sort()).toEqual(ids.sort());
});

test('while as many attempts are under way as may be, no statement is sent', async () => {
  await using subject = await startPlanning(monday);
  const { tracking, clock } = subject;
  const ending = new AbortController();
  const bell = () => new DueBell(createBell(clock, ending.signal), clock);
  using live = bell();
  using outgoing = bell();
  const { promise: answered, resolve: answer } = Promise.withResolvers<Outcome>();
  const method: DeliveryMethod = { name: 'fcm', send: () => answered };
  const attempts = new Attempts(
    { tracking, methods: [method], prediction: { waitHours: 6 }, random: () => 0 },
    { live, outgoing },
    ending.signal,
  );
  for (let n = 0; n < 21; n++) await addDue(subject, { priority: 'high' });
  await attempts.begin();
  subject.statements();
  await attempts.begin();
  expect(subject.statements()).toBe(0);
  answer({ kind: 'taken' });
  await attempts.ended();
  await attempts.begin();
  await attempts.ended();
  expect(await subject.rows(`select from realtime_delivery_attempts where outcome = 'taken'`)).toHaveLength(
    21,
  );
});

test('urgent, critical and high events of every declared type leave at once; low and normal ones wait', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'fcm', 12);
  await addHabits(subject, 'sms', 12);
  const ids = new Map<string, { priority: string; method: string; type: string }>();
  for (const { name: type } of schoolEventTypes)
    for (const priority of priorities)
      for (const method of ['fcm', 'sms']) {
        ids.set(await addDue(subject, { type, priority, method }), { type, priority, method });
      }
  await planAll({ tracking: subject.tracking, prediction: { waitHours: 24 } }, planOptions.methods, [
    'email',
  ]);
  const claimed = new Set(
    (await claimOutgoing(subject.tracking, planOptions.methods, 1_000, { isPlanned: true })).map(
      ({ event }) => event.id,
    ),
  );
  for (const [id, { priority, ...what }] of ids) {
    const { at } = await plannedOf(subject, id);
    const isDelayed = priority === 'low' || priority === 'normal';
    expect({ ...what, priority, isClaimed: claimed.has(id) }).toEqual({
      ...what,
      priority,
      isClaimed: !isDelayed,
    });
    if (isDelayed) expect(at).toBe('2026-03-02T12:00:00.000Z');
  }
});

describe('what a person set wins:', () => {
  test('quiet hours exclude an hour, and one that falls into them leaves when they end or later', async () => {
    await using subject = await startPlanning('2026-03-02T19:40:00.000Z');
    await addHabits(subject, 'fcm', 22, 24 + 9);
    await savePreferences(subject.tracking, joseph, { quietHours: { from: '21:00', to: '06:30' } });
    const early = await addDue(subject);
    await planDue(subject.tracking, { ...planOptions, waitHours: 12 });
    expect((await plannedOf(subject, early)).at).toBe('2026-03-02T19:40:00.000Z');
    subject.clock.advance(2 * 3_600_000);
    const quiet = await addDue(subject);
    await planDue(subject.tracking, planOptions);
    expect((await plannedOf(subject, quiet)).at).toBe('2026-03-03T06:30:00.000Z');
    const later = await addDue(subject);
    await planDue(subject.tracking, { ...planOptions, waitHours: 24 });
    expect((await plannedOf(subject, later)).at).toBe('2026-03-03T09:00:00.000Z');
  });

  test('quiet hours that are set while an event waits hold it back when its hour comes', async () => {
    await using subject = await startPlanning(monday);
    await addHabits(subject, 'fcm', 12);
    const eventId = await addDue(subject);
    await planDue(subject.tracking, planOptions);
    await savePreferences(subject.tracking, joseph, { quietHours: { from: '11:00', to: '15:00' } });
    subject.clock.advance(Date.parse('2026-03-02T12:00:00.000Z') - subject.clock.now());
    expect(await claim(subject)).toEqual([]);
    expect((await plannedOf(subject, eventId)).at).toBe('2026-03-02T15:00:00.000Z');
  });

  test('a method that is turned off is not planned, and the time of the digest stays', async () => {
    await using subject = await startPlanning(monday);
    await addHabits(subject, 'fcm', 12);
    await addHabits(subject, 'email', 20);
    await savePreferences(subject.tracking, joseph, {
      digestAt: '18:00',
      choices: [{ eventType: '*', method: 'fcm', choice: 'off' }],
    });
    const off = await addDue(subject);
    const digest = await addDue(subject, { method: 'email', priority: 'low' });
    await planDue(subject.tracking, planOptions);
    expect((await plannedOf(subject, off)).method).toBeNull();
    await claim(subject);
    expect(await plannedOf(subject, digest)).toMatchObject({
      at: '2026-03-02T18:00:00.000Z',
      inDigest: true,
    });
  });
});

test('a digest without a time of its person leaves in the hour of the coming day in which it is read soonest, all in one', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'email', 20);
  const first = await addDue(subject, { method: 'email', priority: 'low' });
  await planDue(subject.tracking, planOptions);
  const planned = { at: '2026-03-02T20:00:00.000Z', method: 'email', inDigest: true };
  expect(await plannedOf(subject, first)).toEqual(planned);
  // A lesson learned meanwhile does not split it.
  await subject.rows('delete from realtime_reading_groups');
  await addHabits(subject, 'email', 12);
  const second = await addDue(subject, { method: 'email', priority: 'low' });
  await planDue(subject.tracking, planOptions);
  expect(await plannedOf(subject, second)).toEqual(planned);
});

test('an hour after the expiry of an event is not waited for', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'fcm', 11, 12);
  const eventId = await addDue(subject, { expiresAt: '2026-03-02T11:00:00.000Z' });
  await planDue(subject.tracking, planOptions);
  expect((await plannedOf(subject, eventId)).at).toBe(monday);
});

test.each([
  // On 29 March the clock goes from 2 to 3: seven in the morning is an hour nearer.
  ['Europe/Berlin', '2026-03-28T23:30:00.000Z', '2026-03-29T05:00:00.000Z', 6 * 24 + 7],
  // On 25 October it goes from 3 back to 2.
  ['Europe/Berlin', '2026-10-24T22:30:00.000Z', '2026-10-25T06:00:00.000Z', 6 * 24 + 7],
  // Half an hour beside the others.
  ['Asia/Kolkata', '2026-03-02T02:00:00.000Z', '2026-03-02T04:30:00.000Z', 10],
])('hours are those of the clock of the person: in %s at %s until %s', async (timeZone, at, until, hour) => {
  await using subject = await startPlanning(at);
  await addHabits(subject, 'fcm', hour);
  await savePreferences(subject.tracking, joseph, { timeZone, quietHours: { from: '00:00', to: '00:00' } });
  const eventId = await addDue(subject);
  await planDue(subject.tracking, { ...planOptions, waitHours: 12 });
  expect((await plannedOf(subject, eventId)).at).toBe(until);
});

test('two processes plan an event once, and one that is planned for a method is planned anew for the next', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'fcm', 12);
  await addHabits(subject, 'sms', 13);
  const eventId = await addDue(subject);
  const counts = await Promise.all([1, 2].map(() => planDue(subject.tracking, planOptions)));
  expect(counts.toSorted()).toEqual([0, 1]);
  await subject.rows(`update realtime_event_deliveries set method = 'sms', next_attempt_at = $1`, [monday]);
  await planDue(subject.tracking, planOptions);
  expect(await plannedOf(subject, eventId)).toMatchObject({ at: '2026-03-02T13:00:00.000Z', method: 'sms' });
});

test('when planning fails, everything leaves at once', async () => {
  await using subject = await startPlanning(monday);
  await addHabits(subject, 'fcm', 12);
  await addDue(subject);
  await subject.rows('alter table realtime_reading_groups rename to gone');
  const planning = { tracking: subject.tracking, prediction: { waitHours: 6 } };
  const isPlanned = await planAll(planning, planOptions.methods, []);
  expect(isPlanned).toBe(false);
  expect(await claimOutgoing(subject.tracking, planOptions.methods, 10, { isPlanned })).toHaveLength(1);
});
