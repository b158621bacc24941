import webPush from 'web-push';
import type {
  DeliveryMethod,
  EventData,
  Outcome,
  OutgoingDelivery,
} from '../../extension/delivery-method.ts';
import type { Vapid } from '../../extension/delivery-settings.ts';
import type { Priority } from '../statuses.ts';
import type { Tracking } from '../tracking.ts';
import { messageId, outcomeOf, postOutside } from './outside.ts';
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
      return best(outcomes);
    },
  };
}

/** The data for the browser's service worker: enough to show; the rest is fetched by id. */
export type PushedEvent = Pick<EventData, 'id' | 'eventType' | 'tenantId' | 'title' | 'priority'> &
  Partial<Pick<EventData, 'message' | 'actionUrl'>>;

const urgencies = { low: 'low', normal: 'normal', high: 'high', urgent: 'high', critical: 'high' } as const;

/** Push services take 4,096 bytes after encryption. */
const maxPayloadBytes = 3_900;
const shortMessage = 300;

function payloadOf({ id, eventType, tenantId, title, priority, message, actionUrl }: EventData): string {
  const least: PushedEvent = { id, eventType, tenantId, title, priority };
  const short = `${message.slice(0, shortMessage)}…`;
  const texts = [{ message, actionUrl }, { message: short, actionUrl }, { message: short }, {}].map((more) =>
    JSON.stringify({ ...least, ...more }),
  );
  return texts.find((text) => Buffer.byteLength(text) <= maxPayloadBytes) ?? JSON.stringify({ id });
}

/** RFC 8030 §5.2: how long a push service keeps it. */
const longestSeconds = 28 * 86_400;

function secondsLeft({ expiresAt }: EventData, now: number): number {
  if (expiresAt === null) return longestSeconds;
  return Math.max(0, Math.min(longestSeconds, Math.floor((Date.parse(expiresAt) - now) / 1_000)));
}

function best(settled: readonly PromiseSettledResult<Outcome>[]): Outcome {
  const outcomes = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const rejected = settled.find((each) => each.status === 'rejected');
  const found =
    outcomes.find(({ kind }) => kind === 'taken') ?? outcomes.find(({ kind }) => kind === 'later');
  if (found) return found;
  if (rejected) throw rejected.reason;
  return { kind: 'never', error: 'no browser of theirs takes notifications' };
}
