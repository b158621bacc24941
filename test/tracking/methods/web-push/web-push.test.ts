import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type SQL, sql } from 'drizzle-orm';
import { sqlState } from '../../../../src/db/connection/errors.ts';
import {
  readPushSubscriptions,
  removePushSubscription,
  savePushSubscription,
} from '../../../../src/tracking/methods/web-push/push-subscriptions.ts';
import { createWebPush } from '../../../../src/tracking/methods/web-push/web-push.ts';
import { withPrincipal } from '../../../../src/tracking/principal.ts';
import { joseph, mary, type Subject, startTracking } from '../../support.ts';
import { outgoingDelivery, type Receiver, startReceiver } from '../receivers.ts';
import { createBrowser, readVapid, vapid } from './browser.ts';

let subject: Subject;
beforeAll(async () => {
  subject = await startTracking();
});
afterAll(() => subject[Symbol.asyncDispose]());

const send = (delivery = outgoingDelivery(), allowPrivate = true) =>
  createWebPush({ tracking: subject.tracking, vapid, allowPrivate }).send(
    delivery,
    AbortSignal.timeout(5_000),
  );
const subscribe = async (receiver: Receiver, path: string, who = joseph) => {
  const browser = createBrowser(`${receiver.url}${path}`);
  await savePushSubscription(subject.tracking, who, browser.subscription);
  return browser;
};
const endpoints = async (who = joseph) =>
  (await readPushSubscriptions(subject.tracking, who.userId)).map(
    ({ endpoint }) => new URL(endpoint).pathname,
  );
const forget = () => subject.rows('delete from realtime_push_subscriptions');

test('each browser of the person, and it alone, reads what was pushed', async () => {
  await forget();
  await using receiver = startReceiver(() => new Response(null, { status: 201 }));
  const phone = await subscribe(receiver, 'phone');
  const laptop = await subscribe(receiver, 'laptop');
  await subscribe(receiver, 'of-mary', mary);
  const expiresAt = new Date(subject.clock.now() + 90_000).toISOString();
  expect(await send(outgoingDelivery({ expiresAt }))).toEqual({ kind: 'taken' });
  const received = receiver.all();
  expect(received.map(({ path }) => path).sort()).toEqual(['/laptop', '/phone']);
  for (const { path, bytes, headers } of received) {
    const [browser, other] = path === '/phone' ? [phone, laptop] : [laptop, phone];
    expect(browser.read(bytes)).toEqual({
      id: '0199f0f0-0000-7000-8000-000000000001',
      eventType: 'payment_received',
      tenantId: 'school-uuid',
      title: 'Payment received',
      message: 'We received 5,000 KES.',
      priority: 'urgent',
      actionUrl: '/payments/1',
    });
    expect(() => other.read(bytes)).toThrow();
    expect(headers).toMatchObject({ ttl: '90', urgency: 'high', 'content-encoding': 'aes128gcm' });
    const { payload, key } = await readVapid(headers['authorization'] ?? '', new URL(receiver.url).origin);
    expect({ sub: payload.sub, key }).toEqual({ sub: vapid.subject, key: vapid.publicKey });
  }
});

test('an event that is too long for a push arrives shortened', async () => {
  await forget();
  await using receiver = startReceiver();
  const browser = await subscribe(receiver, 'phone');
  for (const [message, actionUrl] of [
    ['ü'.repeat(2_000), '/a'],
    ['"'.repeat(2_000), `/${'é'.repeat(1_900)}`],
  ]) {
    expect(await send(outgoingDelivery({ message: message ?? '', actionUrl: actionUrl ?? null }))).toEqual({
      kind: 'taken',
    });
    const { bytes } = await receiver.next();
    expect(bytes.byteLength).toBeLessThanOrEqual(4_096);
    expect(browser.read(bytes)).toMatchObject({
      title: 'Payment received',
      message: expect.stringMatching(/…$/),
    });
  }
});

test('a browser that is gone is forgotten, and without any the next method has its turn', async () => {
  await forget();
  await using receiver = startReceiver(({ path }) => {
    const status = { '/gone': 410, '/unknown': 404, '/busy': 429 }[path] ?? 201;
    return new Response(null, { status, headers: status === 429 ? { 'retry-after': '3' } : {} });
  });
  expect(await send()).toMatchObject({ kind: 'never' });
  await subscribe(receiver, 'gone');
  await subscribe(receiver, 'unknown');
  expect(await send()).toMatchObject({ kind: 'never' });
  expect(await endpoints()).toEqual([]);
  await subscribe(receiver, 'busy');
  await subscribe(receiver, 'gone');
  expect(await send()).toEqual({ kind: 'later', error: 'answered 429', retryAfterMs: 3_000 });
  expect(await endpoints()).toEqual(['/busy']);
  await subscribe(receiver, 'works');
  expect(await send()).toEqual({ kind: 'taken' });
});

test('a browser chooses where we connect to, but nothing inside', async () => {
  await forget();
  await using receiver = startReceiver();
  await subscribe(receiver, 'phone');
  expect(await send(outgoingDelivery(), false).catch(({ code }) => code)).toBe('ADDRESS_REFUSED');
  expect(receiver.received()).toBe(0);
});

test('nobody sees the browsers of another one, nor writes one past the service', async () => {
  await forget();
  await using receiver = startReceiver();
  await subscribe(receiver, 'of-joseph');
  await subscribe(receiver, 'of-mary', mary);
  const as = (statement: SQL) =>
    withPrincipal(subject.tracking, joseph, async (tx) => (await tx.execute(statement)).rows);
  expect(await as(sql`select user_id from realtime_push_subscriptions`)).toEqual([
    { user_id: joseph.userId },
  ]);
  expect(await as(sql`delete from realtime_push_subscriptions returning 1`)).toEqual([]);
  const own = sql`insert into realtime_push_subscriptions (endpoint, user_id, p256dh, auth) values ('e', 'user1-uuid', 'p', 'a')`;
  expect(await as(own).catch(sqlState)).toBe('42501');
});

test('a browser belongs to whoever signed in last, and a person has twenty', async () => {
  await forget();
  await using receiver = startReceiver();
  const { subscription } = await subscribe(receiver, 'shared');
  await savePushSubscription(subject.tracking, mary, subscription);
  expect([await endpoints(), await endpoints(mary)]).toEqual([[], ['/shared']]);
  await removePushSubscription(subject.tracking, joseph, subscription.endpoint);
  expect(await endpoints(mary)).toEqual(['/shared']);
  for (let n = 0; n < 25; n++) await subscribe(receiver, `browser-${n}`, mary);
  expect(await endpoints(mary)).toHaveLength(20);
  expect(await endpoints(mary)).toContain('/browser-24');
});
