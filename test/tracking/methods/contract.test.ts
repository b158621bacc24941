import type { DeliveryMethod } from '../../../src/extension/delivery-method.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { savePushSubscription } from '../../../src/tracking/methods/push-subscriptions.ts';
import { createWebPush } from '../../../src/tracking/methods/web-push.ts';
import { createWebhook } from '../../../src/tracking/methods/webhook.ts';
import {
  type DeliveryMethodSubject,
  deliveryMethodContract,
  type ReceiverState,
} from '../../contracts/contracts.ts';
import { joseph, startTracking } from '../support.ts';
import { createBrowser, vapid } from './browser.ts';
import { startReceiver, webhookSecret } from './receivers.ts';

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
