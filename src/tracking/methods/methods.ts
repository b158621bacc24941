import type { DeliveryMethod } from '../../extension/delivery-method.ts';
import type { DeliverySettings } from '../../extension/delivery-settings.ts';
import type { Tracking } from '../tracking.ts';
import { createFcm } from './fcm/fcm.ts';
import { createWebPush } from './web-push/web-push.ts';
import { createWebhook } from './webhook.ts';

/** The ways beside `websocket` that a deployment has: those of the application, and those that its configuration sets up. */
export function methodsOf(
  tracking: Tracking,
  { methods, webhook, vapid, fcm, allowPrivate }: DeliverySettings,
): readonly DeliveryMethod[] {
  const { clock } = tracking;
  return [
    ...methods,
    ...(webhook ? [createWebhook({ ...webhook, allowPrivate, clock })] : []),
    ...(fcm ? [createFcm({ tracking, account: fcm, allowPrivate })] : []),
    ...(vapid ? [createWebPush({ tracking, vapid, allowPrivate })] : []),
  ];
}
