import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { readAttempts } from '../../../src/tracking/deliveries/attempts.ts';
import { noHours } from '../../../src/tracking/preferences/hours.ts';
import { readPreferences, savePreferences } from '../../../src/tracking/preferences/preferences.ts';
import { codeOf, joseph, mary, type Subject, startTracking } from '../support.ts';
import { hour, minute, startReach } from './reach.ts';

describe('the clock of a person', () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await startTracking();
  });
  afterAll(() => subject[Symbol.asyncDispose]());

  /** The moment, the zone, the quiet hours in minutes, and when they end. */
  const cases: readonly (readonly [string, string, number, number, string | null])[] = [
    ['2026-01-15T19:59:00Z', 'Europe/Berlin', 1260, 420, null],
    ['2026-01-15T20:00:00Z', 'Europe/Berlin', 1260, 420, '2026-01-16T06:00:00.000Z'],
    ['2026-01-16T05:59:59Z', 'Europe/Berlin', 1260, 420, '2026-01-16T06:00:00.000Z'],
    ['2026-01-16T06:00:00Z', 'Europe/Berlin', 1260, 420, null],
    // The clock goes from 2 to 3 on 29 March: the night is an hour shorter.
    ['2026-03-28T20:00:00Z', 'Europe/Berlin', 1260, 420, '2026-03-29T05:00:00.000Z'],
    ['2026-03-29T00:30:00Z', 'Europe/Berlin', 1260, 420, '2026-03-29T05:00:00.000Z'],
    // Half past two does not exist that night: the clock turned to half past three.
    ['2026-03-29T00:30:00Z', 'Europe/Berlin', 60, 150, '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', 60, 150, null],
    // The clock goes from 3 back to 2 on 25 October: the night is an hour longer, and half past two comes twice.
    ['2026-10-24T19:00:00Z', 'Europe/Berlin', 1260, 420, '2026-10-25T06:00:00.000Z'],
    ['2026-10-25T00:15:00Z', 'Europe/Berlin', 1260, 150, '2026-10-25T01:30:00.000Z'],
    ['2026-10-25T01:15:00Z', 'Europe/Berlin', 1260, 150, '2026-10-25T01:30:00.000Z'],
    ['2026-03-08T06:30:00Z', 'America/New_York', 1320, 480, '2026-03-08T12:00:00.000Z'],
    ['2026-01-15T10:00:00Z', 'Africa/Nairobi', 720, 840, '2026-01-15T11:00:00.000Z'],
    ['2026-01-15T11:00:00Z', 'Africa/Nairobi', 720, 840, null],
    ['2026-01-15T11:00:00Z', 'Africa/Nairobi', 600, 600, null],
  ];
  for (const [moment, zone, from, to, until] of cases) {
    test(`at ${moment} in ${zone}, quiet from ${from} to ${to}: ${until ?? 'it is not quiet'}`, async () => {
      const [row] = await subject.rows('select realtime_quiet_until($1, $2, $3, $4) as until', [
        moment,
        zone,
        from,
        to,
      ]);
      expect(row?.['until']).toBe(until);
    });
  }

  test('is told and changed by the person alone, and a zone or a choice that is none is refused', async () => {
    const { tracking } = subject;
    const hours = { timeZone: 'Africa/Nairobi', digestMinute: 420, quiet: { from: 1260, to: 390 } };
    expect(await readPreferences(tracking, joseph, hours)).toEqual({
      timeZone: 'Africa/Nairobi',
      quietHours: { from: '21:00', to: '06:30' },
      digestAt: '07:00',
      phone: null,
      email: null,
      choices: [],
    });
    const choices = [{ eventType: '*', method: 'sms', choice: 'off' as const }];
    await savePreferences(tracking, joseph, {
      timeZone: 'Asia/Manila',
      quietHours: { from: '00:00', to: '00:00' },
      choices,
    });
    await savePreferences(tracking, joseph, { digestAt: '18:05' });
    expect(await readPreferences(tracking, joseph, hours)).toMatchObject({
      timeZone: 'Asia/Manila',
      quietHours: null,
      digestAt: '18:05',
      choices,
    });
    await savePreferences(tracking, joseph, {
      timeZone: null,
      quietHours: null,
      digestAt: null,
      choices: [],
    });
    expect(await readPreferences(tracking, joseph, noHours)).toMatchObject({
      timeZone: 'UTC',
      digestAt: '07:00',
      choices: [],
    });
    expect(await readPreferences(tracking, mary, noHours)).toMatchObject({ choices: [] });
    expect(await codeOf(savePreferences(tracking, joseph, { timeZone: 'Mars/Olympus' }))).toBe(
      'validation_failed',
    );
    expect(await codeOf(savePreferences(tracking, joseph, { choices: [...choices, ...choices] }))).toBe(
      'validation_failed',
    );
  });
});

const quiet = { timeZone: 'Europe/Berlin', quiet: { from: 21 * 60, to: 7 * 60 } };

test('a push that falls into the quiet hours of a night in which the clock changes leaves when they end, unless it was read', async () => {
  await using reach = await startReach({ hours: quiet, at: '2026-03-28T20:30:00Z' });
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const [eventId, read] = [await reach.create(), await reach.create()];
  for (const id of [eventId, read]) await reach.expectDelivery(id, { status: 'sent' });
  reach.clock.advance(5 * minute);
  const until = '2026-03-29T05:00:00.000Z';
  for (const id of [eventId, read])
    await reach.expectDelivery(id, { method: 'fcm', attempts: 0, next_attempt_at: until });
  await acknowledge(reach.tracking, joseph, { eventId: read, kind: 'read' });
  expect(await reach.delivery(read)).toMatchObject({ next_attempt_at: null, spared: ['fcm', 'sms'] });
  reach.clock.advance(Date.parse(until) - reach.clock.now() - 1);
  expect(reach.sent()).toEqual({ fcm: 0, sms: 0, email: 0 });
  reach.clock.advance(1);
  await reach.expectDelivery(eventId, { attempts: 1, next_attempt_at: null });
  expect(reach.fcm.messages.map(({ data }) => data['id'])).toEqual([eventId]);
});

test('urgent and critical events are never delayed, and the hours of the person come before those of the deployment', async () => {
  await using reach = await startReach({ hours: quiet, at: '2026-03-28T20:30:00Z' });
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const urgent = await reach.create({ priority: 'urgent' });
  await reach.expectDelivery(urgent, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(urgent, { method: 'fcm', attempts: 1 });
  // In New York it is afternoon.
  await savePreferences(reach.tracking, joseph, { timeZone: 'America/New_York' });
  const high = await reach.create();
  await reach.expectDelivery(high, { status: 'sent' });
  reach.clock.advance(5 * minute);
  await reach.expectDelivery(high, { method: 'fcm', attempts: 1 });
  expect(reach.sent()).toEqual({ fcm: 2, sms: 0, email: 0 });
});

test('low events come in one digest at the time of the person, the most urgent first, each under its own id', async () => {
  await using reach = await startReach({
    methods: '{websocket,email}',
    escalation: { email: { afterMs: hour } },
    hours: { timeZone: 'Africa/Nairobi' },
    at: '2026-01-15T12:00:00Z',
  });
  await reach.addJoseph();
  await savePreferences(reach.tracking, joseph, {
    choices: [{ eventType: '*', method: 'email', choice: 'digest' }],
  });
  await using _worker = reach.startWorker();
  const ids = [
    await reach.create({ priority: 'low', title: 'Menu', message: 'Rice' }),
    await reach.create({ priority: 'normal', title: 'Trip', message: 'Friday' }),
    await reach.create({ priority: 'low', title: 'Lost', message: 'A hat' }),
  ];
  const urgent = await reach.create({ priority: 'urgent', title: 'Closed', message: 'Now' });
  for (const id of [...ids, urgent]) await reach.expectDelivery(id, { status: 'sent' });
  reach.clock.advance(hour);
  await reach.expectDelivery(urgent, { method: 'email', attempts: 1 });
  const at = '2026-01-16T04:00:00.000Z';
  for (const id of ids)
    await reach.expectDelivery(id, { method: 'email', in_digest: true, next_attempt_at: at });
  await acknowledge(reach.tracking, joseph, { eventId: ids[2] ?? '', kind: 'read' });
  expect((await reach.smtp.next()).headers['subject']).toBe('Closed');
  reach.clock.advance(Date.parse(at) - reach.clock.now());
  for (const id of ids.slice(0, 2))
    await reach.expectDelivery(id, { attempts: 1, in_digest: false, next_attempt_at: null });
  const digest = await reach.smtp.next();
  expect([digest.headers['subject'], digest.text.trimEnd()]).toEqual([
    'Trip (+1)',
    'Trip\nFriday\n\nMenu\nRice',
  ]);
  const providers = await Promise.all(
    ids.map(async (id) =>
      (await readAttempts(reach.tracking, joseph, id)).map(({ providerId }) => providerId),
    ),
  );
  const id = digest.headers['message-id'] ?? '';
  expect(providers).toEqual([[id], [id], []]);
  expect(reach.smtp.received()).toBe(2);
});

test('a digest that the server cannot take is repeated as a whole', async () => {
  await using reach = await startReach({ methods: '{email}', escalation: {}, at: '2026-01-15T06:00:00Z' });
  await reach.addJoseph();
  await using _worker = reach.startWorker();
  const ids = [await reach.create({ priority: 'low' }), await reach.create({ priority: 'low' })];
  const at = '2026-01-15T07:00:00.000Z';
  for (const id of ids)
    await reach.expectDelivery(id, { in_digest: true, next_attempt_at: at, status: 'pending' });
  reach.smtp.answer((step) => (step === 'rcpt' ? '451 4.3.0 later' : undefined));
  reach.clock.advance(hour);
  for (const id of ids)
    await reach.expectDelivery(id, {
      attempts: 1,
      last_error: 'email: EENVELOPE, answered 451',
      status: 'sent',
    });
  reach.smtp.answer();
  reach.clock.advance(minute);
  for (const id of ids) await reach.expectDelivery(id, { attempts: 2, next_attempt_at: null });
  expect(reach.smtp.received()).toBe(1);
});
