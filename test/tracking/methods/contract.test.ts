import type { DeliveryMethod } from '../../../src/extension/delivery-method.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { saveDevice } from '../../../src/tracking/methods/fcm/devices.ts';
import { createFcm } from '../../../src/tracking/methods/fcm/fcm.ts';
import { savePushSubscription } from '../../../src/tracking/methods/web-push/push-subscriptions.ts';
import { createWebPush } from '../../../src/tracking/methods/web-push/web-push.ts';
import { createWebhook } from '../../../src/tracking/methods/webhook.ts';
import {
  type DeliveryMethodSubject,
  deliveryMethodContract,
  type ReceiverState,
} from '../../contracts/contracts.ts';
import { joseph, startTracking } from '../support.ts';
import { account, fault, startFcm } from './fcm/fcm-server.ts';
import { startReceiver, webhookSecret } from './receivers.ts';
import { createBrowser, vapid } from './web-push/browser.ts';

deliveryMethodContract('the method webhook', () =>
  subjectOf(async (url) =>
    createWebhook({ url, secret: webhookSecret, allowPrivate: true, clock: systemClock }),
  ),
);

deliveryMethodContract('the method web-push', () =>
  subjectOf(async (url, opened) => {
    const { tracking } = opened.use(await startTracking());
    await savePushSubscription(tracking, joseph, createBrowser(`${url}phone`).subscription);
    return createWebPush({ tracking, vapid, allowPrivate: true });
  }),
);

deliveryMethodContract('the method fcm', async () => {
  await using opened = new AsyncDisposableStack();
  const { tracking } = opened.use(await startTracking());
  const server = opened.use(startFcm({ now: () => new Date(tracking.clock.now()) }));
  await saveDevice(tracking, joseph, { token: 'phone:registration-token', platform: 'android' });
  const owned = opened.move();
  const { promise: never } = Promise.withResolvers<Response>();
  const answers = { takes: undefined, refuses: () => fault(503, 'UNAVAILABLE'), hangs: () => never };
  return {
    method: createFcm({ tracking, account, allowPrivate: true, addresses: server.addresses }),
    userId: joseph.userId,
    become: (state) => server.answer(answers[state]),
    handed: () => server.messages.length,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
});

/** A method that calls a receiver of ours. */
async function subjectOf(
  create: (url: string, opened: AsyncDisposableStack) => Promise<DeliveryMethod>,
): Promise<DeliveryMethodSubject> {
  await using opened = new AsyncDisposableStack();
  let state: ReceiverState = 'takes';
  const { promise: never } = Promise.withResolvers<Response>();
  const receiver = opened.use(
    startReceiver(() =>
      state === 'hangs' ? never : new Response(null, { status: state === 'takes' ? 201 : 503 }),
    ),
  );
  const method = await create(receiver.url, opened);
  const owned = opened.move();
  return {
    method,
    userId: joseph.userId,
    become: (next) => {
      state = next;
    },
    handed: () => receiver.received(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
