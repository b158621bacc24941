import webPush from 'web-push';
import type { DeliveryMethod, EventData, OutgoingDelivery } from '../../../extension/delivery-method.ts';
import type { Vapid } from '../../../extension/delivery-settings.ts';
import type { Priority } from '../../statuses.ts';
import type { Tracking } from '../../tracking.ts';
import { messageId, outcomeOf, postOutside } from '../outside.ts';
import { bestOf, pushedEvents, secondsLeft } from '../pushed-event.ts';
import {
  type PushSubscription,
  readPushSubscriptions,
  removePushSubscription,
} from './push-subscriptions.ts';

export interface WebPushOptions {
  readonly tracking: Pick<Tracking, 'database' | 'members' | 'clock'>;
  readonly vapid: Vapid;
  readonly allowPrivate: boolean;
}

/**
 * Sends a {@link PushedEvent} to all browsers of the person. Taken when one push service took it; never when there is no
 * browser (any more). 404 and 410 remove the subscription.
 */
export function createWebPush({ tracking, vapid, allowPrivate }: WebPushOptions): DeliveryMethod {
  const { clock } = tracking;

  const push = async (delivery: OutgoingDelivery, to: PushSubscription, signal: AbortSignal) => {
    const { headers, body } = webPush.generateRequestDetails(to, payloadOf(delivery.event), {
      vapidDetails: vapid,
      TTL: secondsLeft(delivery.event, clock.now()),
      urgency: urgencies[delivery.event.priority as Priority],
      // A repetition replaces the message that was not delivered yet.
      topic: messageId(delivery),
    });
    const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const request = { url: to.endpoint, headers: plain, body, allowPrivate, signal };
    const outcome = outcomeOf(await postOutside(request), [404, 410]);
    if (outcome.kind === 'never') await removePushSubscription(tracking, delivery, to.endpoint);
    return outcome;
  };

  return {
    name: 'web-push',
    async send(delivery, signal) {
      const subscriptions = await readPushSubscriptions(tracking, delivery.userId);
      const outcomes = await Promise.allSettled(subscriptions.map((to) => push(delivery, to, signal)));
      return bestOf(outcomes, 'no browser of theirs takes notifications');
    },
  };
}

const urgencies = { low: 'low', normal: 'normal', high: 'high', urgent: 'high', critical: 'high' } as const;

/** Push services take 4,096 bytes after encryption. */
const maxPayloadBytes = 3_900;

function payloadOf(event: EventData): string {
  const texts = pushedEvents(event).map((each) => JSON.stringify(each));
  return texts.find((text) => Buffer.byteLength(text) <= maxPayloadBytes) ?? JSON.stringify({ id: event.id });
}
