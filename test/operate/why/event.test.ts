import { afterAll, beforeAll, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { asOperator } from '../../../src/operate/processes/overview-reads.ts';
import type { Cause, Why } from '../../../src/operate/why/model.ts';
import { base, greenfield, joseph, mary, type School, startSchool } from '../../domains/school/support.ts';
import { until } from '../../support/until.ts';
import { operate } from '../support.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

/** Raises an event for people of Greenfield, and returns its id. */
async function raise(more: object): Promise<string> {
  const event = {
    schoolId: greenfield,
    title: 'Trip',
    message: 'On Friday',
    targetUserIds: [mary.userId],
    ...more,
  };
  const { status, body } = await school.post(`${base}/hooks/custom`, event);
  expect(status).toBe(200);
  return (body as { data: { eventId: string } }).data.eventId;
}

async function expectCause(cause: Cause, event: string, user = mary.userId): Promise<Why> {
  let last: Why | undefined;
  await until(async () => {
    last = await operate<Why>(school, `why?user=${user}&event=${event}`);
    return last.cause === cause;
  }).catch((error: unknown) => {
    throw new Error(`${cause} expected: ${JSON.stringify(last)}`, { cause: error });
  });
  return last as Why;
}

/** Brings a delivery into a state that takes its worker hours. */
const change = (event: string, set: string) =>
  asOperator(school.database, (tx) =>
    tx.execute(sql`update public.realtime_event_deliveries set ${sql.raw(set)} where event_id = ${event}`),
  );

test('offline, then sent, then acknowledged by a device: each step is told', async () => {
  const event = await raise({});
  const offline = await expectCause('offline', event);
  expect(offline).toMatchObject({ event: { type: 'custom_notification', title: 'Trip' }, publication: null });
  await using phone = await school.open(mary, { deviceId: 'phone-1' });
  await phone.next('realtime_event');
  await expectCause('sent', event);
  await school.call(mary, 'PUT', `/events/${event}/delivered`, { deviceId: 'phone-1' });
  const had = await expectCause('has_it', event);
  expect(had.answer).toStartWith('It is delivered, since 2');
  const texts = had.findings.map(({ text }) => text);
  expect(texts).toContain('Device phone-1 said: delivered.');
  expect(texts).toContain('The person was identified on a connection over socket.io, device phone-1.');
});

test('people who are left out, or were never meant, are told apart', async () => {
  const targets = { targetUserIds: [mary.userId, joseph.userId] };
  await expectCause('excluded', await raise({ ...targets, excludedUserIds: [mary.userId] }));
  const event = await raise({});
  await expectCause('not_a_recipient', event, joseph.userId);
});

test('its time has not come, or is over', async () => {
  const hour = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
  const early = await raise({ scheduledAt: hour(1) });
  expect((await expectCause('scheduled', early)).answer).toStartWith('It is not to be sent before 2');
  const over = await raise({});
  await change(over, `status = 'expired', expired_at = now(), awaits_connection = false`);
  await expectCause('expired', over);
  const later = await raise({});
  await change(
    later,
    `status = 'pending', awaits_connection = false, next_attempt_at = now() + interval '1 hour'`,
  );
  await expectCause('waiting', later);
  const cancelled = await raise({});
  await change(cancelled, `status = 'cancelled', cancelled_at = now(), awaits_connection = false`);
  await expectCause('cancelled', cancelled);
});

test('passed on to push and SMS, with each attempt, and failed', async () => {
  const event = await raise({});
  await change(
    event,
    `method = 'sms', attempts = 1, awaits_connection = false, status = 'sent', next_attempt_at = now() + interval '1 hour'`,
  );
  await asOperator(school.database, (tx) =>
    tx.execute(sql`insert into public.realtime_delivery_attempts
      (event_id, user_id, tenant_id, method, attempt, started_at, outcome, error)
      values (${event}, ${mary.userId}, ${greenfield}, 'fcm', 1, now() - interval '1 minute', 'never', 'no device has a token'),
        (${event}, ${mary.userId}, ${greenfield}, 'sms', 1, now(), 'taken', null)`),
  );
  const passed = await expectCause('passed_on', event);
  expect(passed.answer).toStartWith('It was passed on to sms: attempt 1, the next attempt at 2');
  const texts = passed.findings.map(({ text }) => text);
  expect(texts).toContain('Attempt 1 by fcm: its provider took it: no, never: no device has a token.');
  expect(texts).toContain('Attempt 1 by sms: its provider took it: yes.');
  await change(
    event,
    `status = 'failed', failed_at = now(), next_attempt_at = null, last_error = 'no such number'`,
  );
  expect((await expectCause('failed', event)).answer).toContain('no such number');
});

test('an announcement is a publication of its school', async () => {
  const { body } = await school.post(`${base}/broadcast/school`, {
    schoolId: greenfield,
    title: 'Holiday',
    message: 'On Monday',
  });
  const { eventId } = (body as { data: { eventId: string } }).data;
  const away = await expectCause('offline', eventId, joseph.userId);
  expect(away.publication).toMatchObject({ channel: 'realtime_announcements:school-uuid' });
  await using _phone = await school.open(joseph);
  await until(async () => {
    const { findings } = await operate<Why>(school, `why?user=${joseph.userId}&event=${eventId}`);
    return findings.some(({ text }) => text.startsWith('A live connection over socket.io'));
  });
});

test('a person is shown with devices, rights, inbox and push', async () => {
  await using _phone = await school.open(mary, { deviceId: 'phone-2' });
  await school.database.query(
    `insert into realtime_devices (token, user_id, platform, app_version, seen_at) values ('secret', $1, 'android', '2.4', now())`,
    [mary.userId],
  );
  const person = await operate<Record<string, unknown>>(school, `users/${mary.userId}`);
  expect(person).toMatchObject({
    identity: { role: 'parent', tenants: [greenfield], from: 'a connection' },
    sessions: expect.arrayContaining([
      expect.objectContaining({ deviceId: 'phone-2', transport: 'socket.io' }),
    ]),
    inbox: { unread: expect.any(Number), latest: expect.arrayContaining([]) },
    push: [
      {
        ...{ kind: 'fcm android', version: '2.4' },
        createdAt: expect.stringMatching(/Z$/),
        seenAt: expect.stringMatching(/Z$/),
      },
    ],
    revokedAt: null,
  });
  expect(person['reads']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ channel: 'realtime_events', reads: true }),
      expect.objectContaining({ channel: 'realtime_announcements:{tenantId}', reads: null }),
    ]),
  );
});
