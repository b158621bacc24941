import { expect, test } from 'bun:test';
import { Webhook } from 'standardwebhooks';
import type { OutgoingDelivery } from '../../../src/extension/delivery-method.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { postOutside } from '../../../src/tracking/methods/outside.ts';
import { createWebhook } from '../../../src/tracking/methods/webhook.ts';
import { outgoingDelivery, startReceiver, webhookSecret } from './receivers.ts';

const webhookTo = (url: string, allowPrivate = true) =>
  createWebhook({ url, secret: webhookSecret, allowPrivate, clock: systemClock });

const send = (url: string, delivery: OutgoingDelivery = outgoingDelivery(), ms = 5_000) =>
  webhookTo(url).send(delivery, AbortSignal.timeout(ms));

test('what arrives is signed as Standard Webhooks has it, and one bit of change is noticed', async () => {
  await using receiver = startReceiver();
  const delivery = outgoingDelivery({ title: 'Grüße 🎉' });
  expect(await send(receiver.url, delivery)).toEqual({ kind: 'taken' });
  const { headers, body } = await receiver.next();
  const verifier = new Webhook(webhookSecret);
  expect(verifier.verify(body, headers)).toEqual({
    type: 'payment_received',
    timestamp: delivery.event.createdAt,
    data: { userId: delivery.userId, attempt: 1, event: delivery.event },
  });
  expect(() => verifier.verify(body.replace('Grüße', 'Gruesse'), headers)).toThrow();
  expect(() => verifier.verify(body, { ...headers, 'webhook-id': 'other' })).toThrow();
});

test('every attempt has the same id, every person another one', async () => {
  await using receiver = startReceiver();
  const delivery = outgoingDelivery();
  await send(receiver.url, delivery);
  await send(receiver.url, { ...delivery, attempt: 2 });
  await send(receiver.url, { ...delivery, userId: 'somebody else' });
  const ids = [await receiver.next(), await receiver.next(), await receiver.next()].map(
    ({ headers }) => headers['webhook-id'],
  );
  expect(ids[0]).toBe(ids[1] as string);
  expect(ids[2]).not.toBe(ids[0] as string);
});

test('each answer has its meaning', async () => {
  const answers: [ResponseInit, object][] = [
    [{ status: 204 }, { kind: 'taken' }],
    [{ status: 410 }, { kind: 'never', error: 'answered 410' }],
    [{ status: 500 }, { kind: 'later', error: 'answered 500' }],
    [{ status: 400 }, { kind: 'later', error: 'answered 400' }],
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'later', error: 'answered 429', retryAfterMs: 7_000 },
    ],
    [
      { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } },
      { kind: 'later', error: 'answered 503', retryAfterMs: 0 },
    ],
    [
      { status: 503, headers: { 'retry-after': 'soon' } },
      { kind: 'later', error: 'answered 503' },
    ],
  ];
  for (const [init, outcome] of answers) {
    await using receiver = startReceiver(() => new Response(null, init));
    expect(await send(receiver.url)).toEqual(outcome as never);
  }
});

test('a redirect is not followed', async () => {
  await using target = startReceiver();
  await using receiver = startReceiver(() => Response.redirect(target.url, 307));
  expect(await send(receiver.url)).toEqual({ kind: 'later', error: 'answered 307' });
  expect(target.received()).toBe(0);
});

test('a receiver that never answers, and one that never stops, take no longer than allowed', async () => {
  await using silent = startReceiver(() => new Promise(() => undefined));
  const rejected = await send(silent.url, outgoingDelivery(), 200).then(
    () => false,
    () => true,
  );
  expect(rejected).toBe(true);
  await using endless = startReceiver(
    () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })),
  );
  expect(await send(endless.url)).toEqual({ kind: 'taken' });
});

test('nothing inside is reached: not by address, not by name, not without TLS', async () => {
  await using receiver = startReceiver();
  const { port } = new URL(receiver.url);
  const inside = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
  ];
  const more = [
    '169.254.169.254',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
  ];
  for (const host of [...inside, ...more]) {
    const request = { url: `https://${host}:${port}/`, headers: {}, body: '', allowPrivate: false };
    const code = await postOutside({ ...request, signal: AbortSignal.timeout(15_000) }).then(
      () => 'reached',
      (error) => error.code,
    );
    expect(`${host} ${code}`).toBe(`${host} ADDRESS_REFUSED`);
  }
  const plain = webhookTo('http://example.com/', false).send(outgoingDelivery(), AbortSignal.timeout(15_000));
  expect(await plain.catch(({ code }) => code)).toBe('ADDRESS_REFUSED');
  expect(receiver.received()).toBe(0);
});
