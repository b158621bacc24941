import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import type { EventData } from '../../../../src/extension/delivery-method.ts';
import { readAttempts } from '../../../../src/tracking/deliveries/attempts.ts';
import { createEvent } from '../../../../src/tracking/events/create-event.ts';
import {
  type Device,
  readDevices,
  removeDevice,
  saveDevice,
} from '../../../../src/tracking/methods/fcm/devices.ts';
import { createFcm } from '../../../../src/tracking/methods/fcm/fcm.ts';
import { startTrackingWorker } from '../../../../src/tracking/worker.ts';
import { until } from '../../../support/until.ts';
import { greenfield, joseph, mary, ruth, type Subject, startTracking } from '../../support.ts';
import { outgoingDelivery } from '../receivers.ts';
import { account, type FcmServer, fault, startFcm } from './fcm-server.ts';

let subject: Subject;
let fcm: FcmServer;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  subject = opened.use(await startTracking());
  fcm = opened.use(startFcm({ now: () => new Date(subject.clock.now()) }));
});
afterEach(async () => {
  fcm.answer(undefined);
  fcm.answerTokens(undefined);
  fcm.messages.length = 0;
  await subject.rows('delete from realtime_devices');
});
afterAll(() => opened.disposeAsync());

const create = (server = fcm) =>
  createFcm({ tracking: subject.tracking, account, allowPrivate: true, addresses: server.addresses });
const send = (more: Partial<EventData> = {}, method = create()) =>
  method.send(outgoingDelivery(more), AbortSignal.timeout(10_000));
const tokenOf = (name: string) => `${name}:APA91b-registration-token`;
const register = (name: string, who = joseph, platform: Device['platform'] = 'android') =>
  saveDevice(subject.tracking, who, { token: tokenOf(name), platform, appVersion: '2.4.1' });
const tokens = async (who = joseph) =>
  (await readDevices(subject.tracking, who.userId)).map(({ token }) => token).sort();

test('each phone of the person, and it alone, gets a data message that names its channel, time to live and urgency', async () => {
  await register('phone');
  await register('tablet');
  await register('of-mary', mary);
  const expiresAt = new Date(subject.clock.now() + 90_000).toISOString();
  expect(await send({ expiresAt })).toEqual({
    kind: 'taken',
    providerId: expect.stringMatching(/^projects\/p\/messages\/[12]$/),
  });
  expect(fcm.messages.map(({ token }) => token).sort()).toEqual([tokenOf('phone'), tokenOf('tablet')]);
  const data = {
    type: 'realtime_event',
    channel: 'realtime_events',
    shown: 'true',
    id: '0199f0f0-0000-7000-8000-000000000001',
    eventType: 'payment_received',
    tenantId: 'school-uuid',
    title: 'Payment received',
    priority: 'urgent',
    message: 'We received 5,000 KES.',
    actionUrl: '/payments/1',
  };
  const android = { collapse_key: 'realtime_events', priority: 'HIGH' as const, ttl: '90s' };
  expect(fcm.messages[0]).toEqual({ token: expect.any(String), data, android });
});

test('high priority is for what is shown at once, and a low event is not shown', async () => {
  await register('phone');
  for (const priority of ['low', 'normal', 'high', 'critical']) await send({ priority });
  expect(fcm.messages.map(({ data, android }) => [data['shown'], android?.priority])).toEqual([
    ['false', 'NORMAL'],
    ['true', 'NORMAL'],
    ['true', 'HIGH'],
    ['true', 'HIGH'],
  ]);
  expect(fcm.messages[0]?.android?.ttl).toBe('2419200s');
});

test('an iPhone shows an alert by APNs and a browser gets the headers of Web Push', async () => {
  await register('iphone', joseph, 'ios');
  await send();
  await send({ priority: 'low' });
  await register('iphone', joseph, 'web');
  await send();
  const [shown, silent, web] = fcm.messages;
  expect(shown?.apns?.headers).toMatchObject({ 'apns-push-type': 'alert', 'apns-priority': '10' });
  expect(shown?.apns?.payload.aps.alert).toEqual({
    title: 'Payment received',
    body: 'We received 5,000 KES.',
  });
  expect(silent?.apns?.headers).toMatchObject({
    'apns-push-type': 'background',
    'apns-priority': '5',
    'apns-collapse-id': 'realtime_events',
  });
  expect(silent?.apns?.payload.aps).toEqual({ 'content-available': 1 });
  expect(web?.webpush?.headers).toEqual({ TTL: '2419200', Urgency: 'high', Topic: 'realtime_events' });
});

test('an event of any length fits into a message', async () => {
  await register('phone');
  for (const actionUrl of [null, `/${'ü'.repeat(1_900)}`]) {
    expect(await send({ message: '🎉'.repeat(1_000), title: '"'.repeat(200), actionUrl })).toMatchObject({
      kind: 'taken',
    });
  }
});

test('one access token serves attempts at the same time and is renewed before it ends, or when it is refused', async () => {
  await using server = startFcm({ now: () => new Date(subject.clock.now()) });
  await register('phone');
  const method = create(server);
  await Promise.all(Array.from({ length: 10 }, () => send({}, method)));
  expect([server.messages.length, server.granted()]).toEqual([10, 1]);
  subject.clock.advance(54 * 60_000);
  await send({}, method);
  expect(server.granted()).toBe(1);
  subject.clock.advance(60_001);
  await send({}, method);
  expect(server.granted()).toBe(2);
  server.revoke();
  expect(await send({}, method)).toEqual({ kind: 'later', error: 'UNAUTHENTICATED' });
  expect(await send({}, method)).toMatchObject({ kind: 'taken' });
  expect(server.granted()).toBe(3);
});

test('a phone whose token is not registered, of another project or none is removed, and the others get it', async () => {
  const refusals: Record<string, Response> = {
    [tokenOf('gone')]: fault(404, 'NOT_FOUND', { errorCode: 'UNREGISTERED' }),
    [tokenOf('foreign')]: fault(403, 'PERMISSION_DENIED', { errorCode: 'SENDER_ID_MISMATCH' }),
    [tokenOf('nonsense')]: fault(400, 'INVALID_ARGUMENT', { fieldViolations: [{ field: 'message.token' }] }),
  };
  fcm.answer(({ token }) => refusals[token] ?? Response.json({ name: 'projects/p/messages/1' }));
  for (const name of ['gone', 'foreign', 'nonsense', 'phone']) await register(name);
  expect(await send()).toEqual({ kind: 'taken', providerId: 'projects/p/messages/1' });
  expect(await tokens()).toEqual([tokenOf('phone')]);
  await removeDevice(subject.tracking, joseph, tokenOf('phone'));
  expect(await send()).toEqual({ kind: 'never', error: 'no phone of theirs takes pushes' });
});

test('a fault of the message itself removes no phone', async () => {
  await register('phone');
  fcm.answer(() => fault(400, 'INVALID_ARGUMENT', { fieldViolations: [{ field: 'message.data' }] }));
  expect(await send()).toEqual({ kind: 'never', error: 'INVALID_ARGUMENT' });
  expect(await tokens()).toEqual([tokenOf('phone')]);
});

test('429 and 503 are repeated when Google says, of messages and of access tokens', async () => {
  await register('phone');
  fcm.answer(() =>
    fault(429, 'RESOURCE_EXHAUSTED', { errorCode: 'QUOTA_EXCEEDED' }, { 'retry-after': '60' }),
  );
  expect(await send()).toEqual({ kind: 'later', error: 'QUOTA_EXCEEDED', retryAfterMs: 60_000 });
  fcm.answer(() => new Response('<html>', { status: 503, headers: { 'retry-after': '7' } }));
  expect(await send()).toEqual({ kind: 'later', error: 'answered 503', retryAfterMs: 7_000 });
  fcm.answerTokens(() => new Response(null, { status: 503, headers: { 'retry-after': '9' } }));
  expect(await send()).toEqual({ kind: 'later', error: 'no access token', retryAfterMs: 9_000 });
  fcm.answerTokens(() => Response.json({ error: 'invalid_grant' }, { status: 400 }));
  expect(await send()).toEqual({ kind: 'later', error: 'no access token: invalid_grant' });
});

test('a phone belongs to who registered it last, who signs out removes their own alone, and the twenty seen last are kept', async () => {
  await register('shared');
  await register('shared', mary);
  expect([await tokens(), await tokens(mary)]).toEqual([[], [tokenOf('shared')]]);
  await removeDevice(subject.tracking, joseph, tokenOf('shared'));
  expect(await tokens(mary)).toEqual([tokenOf('shared')]);
  await register('first');
  subject.clock.advance(1_000);
  for (let n = 0; n < 20; n++) await register(`phone-${n}`);
  expect(await tokens()).toHaveLength(20);
  expect(await tokens()).not.toContain(tokenOf('first'));
});

test('an outage is repeated without doubling, and each attempt is listed with its outcome and the id of the provider', async () => {
  await subject.rows(
    `update realtime_event_types set methods = '{fcm}', escalation = null, max_attempts = 3, retry_interval_ms = 60000 where name = 'payment_received'`,
  );
  await register('phone');
  const methods = [create()];
  await using _worker = startTrackingWorker({
    tracking: subject.tracking,
    methods,
    listenUrl: subject.url,
    random: () => 0,
  });
  fcm.answer(() => fault(503, 'UNAVAILABLE', { errorCode: 'UNAVAILABLE' }, { 'retry-after': '300' }));
  const targets = { targetUserIds: [joseph.userId], tenantId: greenfield };
  const { eventId } = await createEvent(subject.tracking, { eventType: 'payment_received', ...targets });
  const attempts = (who = joseph) => readAttempts(subject.tracking, who, eventId);
  await until(async () => (await attempts())[0]?.outcome === 'later');
  fcm.answer(undefined);
  subject.clock.advance(299_000);
  await using other = startTrackingWorker({
    tracking: subject.tracking,
    methods,
    listenUrl: subject.url,
    random: () => 0,
  });
  expect(await attempts()).toHaveLength(1);
  subject.clock.advance(1_000);
  await until(async () => (await attempts())[1]?.outcome === 'taken');
  await other[Symbol.asyncDispose]();
  expect(fcm.messages).toHaveLength(2);
  expect(await attempts(ruth)).toMatchObject([
    {
      userId: joseph.userId,
      method: 'fcm',
      attempt: 1,
      outcome: 'later',
      error: 'UNAVAILABLE',
      providerId: null,
    },
    {
      userId: joseph.userId,
      method: 'fcm',
      attempt: 2,
      outcome: 'taken',
      error: null,
      providerId: 'projects/p/messages/2',
    },
  ]);
  expect(await attempts(mary)).toEqual([]);
});
