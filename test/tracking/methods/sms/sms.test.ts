import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import type { EventData } from '../../../../src/extension/delivery-method.ts';
import { acknowledge } from '../../../../src/tracking/deliveries/acknowledge.ts';
import { readAttempts } from '../../../../src/tracking/deliveries/attempts.ts';
import { createEvent } from '../../../../src/tracking/events/create-event.ts';
import { saveContact } from '../../../../src/tracking/methods/contacts.ts';
import { signatureOf, takeInbound, takeStatus } from '../../../../src/tracking/methods/sms/callbacks.ts';
import { createHttpSms } from '../../../../src/tracking/methods/sms/http-provider.ts';
import { createSms, type SmsOptions } from '../../../../src/tracking/methods/sms/sms.ts';
import { statistics } from '../../../../src/tracking/statistics/statistics.ts';
import { startTrackingWorker } from '../../../../src/tracking/worker.ts';
import { until } from '../../../support/until.ts';
import { codeOf, greenfield, joseph, mary, ruth, type Subject, startTracking } from '../../support.ts';
import { outgoingDelivery } from '../receivers.ts';
import { callbackUrl, refuse, signedCallback, smsAccount, startSmsServer } from './sms-server.ts';

const phone = '+254722000001';
const callbacks = { callbackUrl, signingKey: smsAccount.password };
let subject: Subject;
let server: ReturnType<typeof startSmsServer>;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  subject = opened.use(await startTracking());
  server = opened.use(startSmsServer());
  await subject.rows(
    `update realtime_event_types set methods = '{sms,webhook}', escalation = null, max_attempts = 3, retry_interval_ms = 60000 where name = 'payment_received'`,
  );
});
afterEach(async () => {
  server.answer(undefined);
  server.sent.length = 0;
  for (const table of [
    'realtime_contacts',
    'realtime_sms_counts',
    'realtime_sms_stops',
    'realtime_sms_wishes',
    'realtime_events',
  ]) {
    await subject.rows(`delete from ${table}`);
  }
});
afterAll(() => opened.disposeAsync());

const create = (more: Partial<SmsOptions> = {}) =>
  createSms({
    tracking: subject.tracking,
    provider: createHttpSms({ ...smsAccount, url: server.url, callbackUrl, allowPrivate: true }),
    limits: { perPerson: 100, perDay: 100 },
    maxSegments: 3,
    segmentCost: 0.8,
    ...more,
  });
const send = (event: Partial<EventData> = {}, method = create()) =>
  method.send(outgoingDelivery(event), AbortSignal.timeout(10_000));
const give = (who = joseph, to: string | null = phone) =>
  saveContact(subject.tracking, who.userId, { phone: to });
const pay = async (who = joseph) => {
  const input = { eventType: 'payment_received', tenantId: greenfield, targetUserIds: [who.userId] };
  return (await createEvent(subject.tracking, { ...input, title: 'Paid', message: 'Thanks' })).eventId;
};
const startWorker = (methods = [create()]) =>
  startTrackingWorker({ tracking: subject.tracking, methods, listenUrl: subject.url, random: () => 0 });
const attemptOf = async (eventId: string) => (await readAttempts(subject.tracking, joseph, eventId)).at(-1);
const idOfAttempt = async (eventId: string) =>
  String(
    (await subject.rows('select id from realtime_delivery_attempts where event_id = $1', [eventId]))[0]?.[
      'id'
    ],
  );
const delivery = async (eventId: string) =>
  (
    await subject.rows(
      'select status, method, last_error, next_attempt_at from realtime_event_deliveries where event_id = $1',
      [eventId],
    )
  )[0] ?? {};
const report = async (attemptId: string, fields: Record<string, string>) =>
  takeStatus(
    subject.tracking,
    callbacks,
    attemptId,
    signedCallback(`${callbackUrl}/status?attempt=${attemptId}`, fields),
  );

test('a form with basic authentication asks the provider to send title, message and link, and to report', async () => {
  await give();
  const outcome = await send({ actionUrl: 'https://school.example/p/1' });
  expect(outcome).toEqual({ kind: 'taken', providerId: 'SM1', segments: 1, cost: 0.8 });
  expect(server.sent).toEqual([
    {
      to: phone,
      from: smsAccount.from,
      body: 'Payment received: We received 5,000 KES.\nhttps://school.example/p/1',
      callback: `${callbackUrl}/status?attempt=${outgoingDelivery().attemptId}`,
    },
  ]);
  server.answer(() => Response.json({ sid: 'SM9', num_segments: '2', price: '-1.50' }, { status: 201 }));
  expect(await send()).toEqual({ kind: 'taken', providerId: 'SM9', segments: 2, cost: 1.5 });
});

test('a messaging service sends in place of a number', async () => {
  await give();
  const from = `MG${'0'.repeat(32)}`;
  await send(
    {},
    create({ provider: createHttpSms({ ...smsAccount, from, url: server.url, allowPrivate: true }) }),
  );
  expect(server.sent).toMatchObject([{ from, callback: null }]);
});

test('a person without a number, or who opted out here or at the provider, is never sent to', async () => {
  expect(await send()).toEqual({ kind: 'never', error: 'no phone number of theirs is known' });
  await give();
  server.answer(() => refuse(400, 21_610));
  expect(await send()).toEqual({ kind: 'never', error: 'answered 400, code 21610' });
  server.answer(undefined);
  expect(await send()).toEqual({ kind: 'never', error: 'they opted out of SMS' });
  expect(server.sent).toHaveLength(1);
  const says = (body: string) =>
    takeInbound(
      subject.tracking,
      callbacks,
      signedCallback(`${callbackUrl}/inbound`, { From: phone, Body: body, MessageSid: `SM ${body}` }),
    );
  await says('Start');
  expect(await send()).toMatchObject({ kind: 'taken' });
  await says('please stop this');
  expect(await send()).toMatchObject({ kind: 'taken' });
  await says('STOP');
  // The owner of the number is asked: the person behind it opted out.
  await give(joseph, null);
  await give(mary);
  const toMary = { ...outgoingDelivery(), userId: mary.userId };
  expect(await create().send(toMary, AbortSignal.timeout(10_000))).toEqual({
    kind: 'never',
    error: 'they opted out of SMS',
  });
});

test('a message that opted out or in has its effect once, however often its callback is posted', async () => {
  let count = 0;
  const message = (body: string, id?: string) =>
    signedCallback(`${callbackUrl}/inbound`, { From: phone, Body: body, ...(id && { MessageSid: id }) });
  const isStopped = async (callback: ReturnType<typeof message>) => {
    await takeInbound(subject.tracking, callbacks, callback);
    return (await subject.rows('select from realtime_sms_stops')).length > 0;
  };
  const next = (body: string) => message(body, `SM${++count}`);
  const [start, stop] = [next('START'), next('STOP')];
  expect(await isStopped(start)).toBeFalse();
  expect(await isStopped(stop)).toBeTrue();
  // An attacker who has seen it whole posts it again.
  expect(await isStopped(start)).toBeTrue();
  expect(await isStopped(next('START'))).toBeFalse();
  expect(await isStopped(stop)).toBeFalse();
  // Two at the same moment.
  const again = next('STOP');
  await Promise.all([isStopped(again), isStopped(again)]);
  expect(await isStopped(message('START'))).toBeTrue();
  expect(await isStopped(message('STOP'))).toBeTrue();
});

test('a callback whose fields are cut anew, so that its id is another under the same signature, has no effect', async () => {
  const url = `${callbackUrl}/inbound`;
  const signed = (id: string, body: string) =>
    signedCallback(url, { From: phone, Body: body, MessageSid: id, NumMedia: '0' });
  const take = (callback: ReturnType<typeof signed>) => takeInbound(subject.tracking, callbacks, callback);
  const start = signed('SMcut1', 'START');
  await take(start);
  await take(signed('SMcut2', 'STOP'));
  const cut = new URLSearchParams({ From: phone, Body: 'START', MessageSid: 'SMcut1NumMedia0' });
  await take({ ...start, body: cut.toString() });
  expect(await subject.rows('select from realtime_sms_stops')).toHaveLength(1);
});

test('a callback with a wrong signature, of another address or with other fields is refused', async () => {
  const url = `${callbackUrl}/inbound`;
  const good = signedCallback(url, { From: phone, Body: 'STOP' });
  const inbound = (callback: { body: string; signature?: string }) =>
    codeOf(takeInbound(subject.tracking, callbacks, { signature: undefined, ...callback }));
  expect(await inbound({ body: good.body })).toBe('invalid_token');
  expect(await inbound({ ...good, body: `${good.body}&Extra=1` })).toBe('invalid_token');
  expect(await inbound(signedCallback(`${url}2`, { From: phone, Body: 'STOP' }))).toBe('invalid_token');
  expect(await inbound(signedCallback(url, { From: phone, Body: 'STOP' }, 'other key'))).toBe(
    'invalid_token',
  );
  expect(await codeOf(takeInbound(subject.tracking, undefined, good))).toBe('invalid_token');
  expect(await subject.rows('select from realtime_sms_stops')).toEqual([]);
  expect(await inbound(good)).toBe('nothing');
});

test('the signature is the one of Twilio’s documentation', () => {
  const form = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+12349013030',
    Digits: '1234',
    From: '+12349013030',
    To: '+18005551212',
  });
  expect(signatureOf('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', form)).toBe(
    '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
  );
});

test('refusals that last go on to the next method, and an outage is asked again when the provider says', async () => {
  await give();
  const cases = [
    [refuse(400, 21_211), { kind: 'never', error: 'answered 400, code 21211' }],
    [
      refuse(429, 20_429, { 'retry-after': '30' }),
      { kind: 'later', error: 'answered 429, code 20429', retryAfterMs: 30_000 },
    ],
    [new Response('<html>', { status: 503 }), { kind: 'later', error: 'answered 503' }],
    [refuse(401, 20_003), { kind: 'later', error: 'answered 401, code 20003' }],
  ] as const;
  for (const [response, outcome] of cases) {
    server.answer(() => response.clone());
    expect(await send()).toEqual(outcome);
  }
  // None of them counts as sent.
  expect(await send({}, create({ limits: { perPerson: 1, perDay: 1 } }))).toMatchObject({ kind: 'later' });
  server.answer(undefined);
  expect(await send({}, create({ limits: { perPerson: 1, perDay: 1 } }))).toMatchObject({ kind: 'taken' });
});

test('a person gets so many in a day and all together so many, also when they are sent at the same time', async () => {
  await give();
  await give(mary, '+254722000002');
  const method = create({ limits: { perPerson: 3, perDay: 5 } });
  const to = (userId: string) => method.send({ ...outgoingDelivery(), userId }, AbortSignal.timeout(20_000));
  const mine = await Promise.all(Array.from({ length: 8 }, () => to(joseph.userId)));
  expect(mine.filter(({ kind }) => kind === 'taken')).toHaveLength(3);
  expect(mine).toContainEqual({ kind: 'never', error: 'the limit of SMS of their day is reached' });
  const hers = await Promise.all(Array.from({ length: 3 }, () => to(mary.userId)));
  expect(hers.filter(({ kind }) => kind === 'taken')).toHaveLength(2);
  expect(hers).toContainEqual({ kind: 'never', error: 'the limit of SMS of the day is reached' });
  expect(server.sent).toHaveLength(5);
  subject.clock.advance(86_400_000);
  expect(await to(mary.userId)).toMatchObject({ kind: 'taken' });
});

test('what the provider reports is in the attempt and the delivery, once and in any order, and the statistics have the cost', async () => {
  await give();
  await using _worker = startWorker();
  const from = new Date(subject.clock.now()).toISOString();
  const eventId = await pay();
  await until(async () => (await attemptOf(eventId))?.outcome === 'taken');
  const attemptId = await idOfAttempt(eventId);
  expect(server.sent[0]?.callback).toBe(`${callbackUrl}/status?attempt=${attemptId}`);
  await report(attemptId, { MessageSid: 'SM1', MessageStatus: 'delivered' });
  await report(attemptId, { MessageSid: 'SM1', MessageStatus: 'sent' });
  await report(attemptId, { MessageSid: 'SM1', MessageStatus: 'failed', ErrorCode: '30006' });
  expect(await attemptOf(eventId)).toMatchObject({
    method: 'sms',
    providerId: 'SM1',
    report: 'delivered',
    segments: 1,
    cost: 0.8,
    error: null,
  });
  expect(await delivery(eventId)).toMatchObject({ status: 'delivered', method: 'sms' });
  const to = new Date(subject.clock.now() + 1).toISOString();
  expect((await statistics(subject.tracking, ruth, { from, to })).methods).toEqual({
    sms: { attempts: 1, taken: 1, delivered: 1, failed: 0, segments: 1, cost: 0.8 },
  });
  await report(crypto.randomUUID(), { MessageStatus: 'delivered' });
});

test('an SMS that the provider reports as failed goes on to the next method, also before it is known that it was taken', async () => {
  await give();
  await using _worker = startWorker();
  const first = await pay();
  await until(async () => (await attemptOf(first))?.outcome === 'taken');
  await report(await idOfAttempt(first), { MessageStatus: 'undelivered', ErrorCode: '30006' });
  await until(async () => (await delivery(first))['status'] === 'failed');
  expect(await delivery(first)).toMatchObject({ last_error: 'sms: code 30006' });
  const { promise: reported, resolve } = Promise.withResolvers<void>();
  server.answer(async ({ callback }) => {
    const attemptId = new URL(callback ?? '').searchParams.get('attempt') ?? '';
    await report(attemptId, { MessageStatus: 'failed', ErrorCode: '30003' });
    resolve();
    return Response.json({ sid: 'SM7' }, { status: 201 });
  });
  const second = await pay();
  await reported;
  await until(async () => (await delivery(second))['status'] === 'failed');
  expect(await attemptOf(second)).toMatchObject({
    outcome: 'taken',
    report: 'failed',
    error: 'code 30003',
    providerId: 'SM7',
  });
});

test('a report of a failure changes nothing for who has read it', async () => {
  await give();
  await using _worker = startWorker();
  const eventId = await pay();
  await until(async () => (await attemptOf(eventId))?.outcome === 'taken');
  await acknowledge(subject.tracking, joseph, { eventId, kind: 'read' });
  await report(await idOfAttempt(eventId), { MessageStatus: 'failed' });
  expect(await delivery(eventId)).toMatchObject({ status: 'read', next_attempt_at: null });
});
