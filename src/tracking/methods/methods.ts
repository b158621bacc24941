import type { DeliveryMethod } from '../../extension/delivery-method.ts';
import type { DeliverySettings } from '../../extension/delivery-settings.ts';
import type { SmsProvider } from '../../extension/delivery-sms.ts';
import type { Tracking } from '../tracking.ts';
import { createEmail } from './email/email.ts';
import { createFcm } from './fcm/fcm.ts';
import { createGatewaySms } from './sms/gateway/gateway-provider.ts';
import { createHttpSms } from './sms/http-provider.ts';
import { createSms } from './sms/sms.ts';
import { createWebPush } from './web-push/web-push.ts';
import { createWebhook } from './webhook.ts';

/** The ways beside `websocket` that a deployment has: those of the application, and those that its configuration sets up. */
export function methodsOf(tracking: Tracking, settings: DeliverySettings): readonly DeliveryMethod[] {
  const { methods, webhook, vapid, fcm, sms, email, allowPrivate } = settings;
  const { clock } = tracking;
  const provider = smsProviderOf(tracking, settings);
  return [
    ...methods,
    ...(webhook ? [createWebhook({ ...webhook, allowPrivate, clock })] : []),
    ...(fcm ? [createFcm({ tracking, account: fcm, allowPrivate })] : []),
    ...(vapid ? [createWebPush({ tracking, vapid, allowPrivate })] : []),
    ...(email ? [createEmail({ ...email, tracking, allowPrivate })] : []),
    ...(provider ? [createSms({ ...sms, tracking, provider })] : []),
  ];
}

/** The names of these methods, with `websocket`, which is always there. */
export function methodNames(settings: DeliverySettings): readonly string[] {
  const { methods, webhook, vapid, fcm, sms, smsProvider, email } = settings;
  const own = {
    webhook,
    fcm,
    'web-push': vapid,
    email,
    sms: smsProvider ?? sms.http ?? sms.phones,
  };
  const set = Object.entries(own).flatMap(([name, setting]) => (setting ? [name] : []));
  return ['websocket', ...methods.map(({ name }) => name), ...set];
}

function smsProviderOf(
  tracking: Tracking,
  { sms, smsProvider, allowPrivate }: DeliverySettings,
): SmsProvider | undefined {
  if (smsProvider) return smsProvider;
  const { http, callbacks, phones } = sms;
  if (http) return createHttpSms({ ...http, ...callbacks, allowPrivate });
  return phones ? createGatewaySms(tracking) : undefined;
}
