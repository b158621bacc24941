import { createHmac } from 'node:crypto';
import type { DeliveryMethod } from '../../extension/delivery-method.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageId, outcomeOf, postOutside } from './outside.ts';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  readonly allowPrivate: boolean;
  readonly clock: Clock;
}

/**
 * POSTs `{type, timestamp, data: {userId, attempt, event}}` to one address, signed as Standard Webhooks has it. `webhook-id`
 * is the same for every attempt. 2xx is taken, 410 never, anything else later.
 */
export function createWebhook({ url, secret, allowPrivate, clock }: WebhookOptions): DeliveryMethod {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return {
    name: 'webhook',
    async send(delivery, signal) {
      const { userId, attempt, event } = delivery;
      const { eventType: type, createdAt: timestamp } = event;
      const body = JSON.stringify({ type, timestamp, data: { userId, attempt, event } });
      const id = messageId(delivery);
      const sentAt = String(Math.floor(clock.now() / 1_000));
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': sentAt,
        'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${sentAt}.${body}`).digest('base64')}`,
      };
      return outcomeOf(await postOutside({ url, headers, body, allowPrivate, signal }));
    },
  };
}
