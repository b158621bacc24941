import type { DeliveryMethod, Outcome, OutgoingDelivery } from '../../../extension/delivery-method.ts';
import type { FirebaseAccount } from '../../../extension/delivery-settings.ts';
import type { Tracking } from '../../tracking.ts';
import { parseObject } from '../json.ts';
import { laterAs, type OutsideAnswer, postOutside } from '../outside.ts';
import { bestOf } from '../pushed-event.ts';
import { AccessTokens } from './access-token.ts';
import { type RegisteredDevice, readDevices, removeDevice } from './devices.ts';
import { fcmMessage } from './fcm-message.ts';

export interface FcmOptions {
  readonly tracking: Pick<Tracking, 'database' | 'members' | 'clock'>;
  readonly account: FirebaseAccount;
  readonly allowPrivate: boolean;
  /** Google's own where they are left out. */
  readonly addresses?: { readonly token: string; readonly messages: string };
}

const google = { token: 'https://oauth2.googleapis.com/token', messages: 'https://fcm.googleapis.com' };
const readBytes = 16_384;

/**
 * Pushes to all phones of the person by Firebase Cloud Messaging, HTTP v1; APNs is reached through it. Taken when one
 * message was; never where there is no phone (any more). A phone whose token is not registered any more is removed.
 */
export function createFcm({
  tracking,
  account,
  allowPrivate,
  addresses = google,
}: FcmOptions): DeliveryMethod {
  const { clock } = tracking;
  const tokens = new AccessTokens({ account, tokenUrl: addresses.token, allowPrivate, clock });
  const url = `${addresses.messages}/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`;

  const push = async (
    delivery: OutgoingDelivery,
    device: RegisteredDevice,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const access = await tokens.get(signal);
    if ('refused' in access) return tokenRefused(access.refused);
    const headers = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ message: fcmMessage(delivery, device, clock.now()) });
    const answer = await postOutside({ url, headers, body, allowPrivate, signal, readBytes });
    if (answer.status === 200) return taken(answer);
    if (answer.status === 401) tokens.forget(access.token);
    const { code, isGone } = parseError(answer);
    if (isGone) await removeDevice(tracking, delivery, device.token);
    return isGone || answer.status === 400 ? { kind: 'never', error: code } : laterAs(answer, code);
  };

  return {
    name: 'fcm',
    async send(delivery, signal) {
      const devices = await readDevices(tracking, delivery.userId);
      const outcomes = await Promise.allSettled(devices.map((device) => push(delivery, device, signal)));
      return bestOf(outcomes, 'no phone of theirs takes pushes');
    },
  };
}

/** FCM returns the message as `projects/…/messages/<id>`. */
function taken({ body }: OutsideAnswer): Outcome {
  const { name } = parseObject(body);
  return { kind: 'taken', ...(typeof name === 'string' && { providerId: name.slice(0, 500) }) };
}

function tokenRefused(refused: OutsideAnswer): Outcome {
  const { error } = parseObject(refused.body);
  const why = typeof error === 'string' ? `: ${error.slice(0, 100)}` : '';
  return laterAs(refused, `no access token${why}`);
}

interface ErrorDetail {
  readonly errorCode?: unknown;
  readonly fieldViolations?: readonly { readonly field?: unknown }[];
}

/**
 * Returns the `FcmError` of a response, and whether it means that this token will never work: it is not registered any
 * more, belongs to another project, or is no token.
 */
function parseError({ status, body }: OutsideAnswer): { readonly code: string; readonly isGone: boolean } {
  const { status: word, details } = Object(parseObject(body)['error']) as Record<string, unknown>;
  const all: readonly ErrorDetail[] = Array.isArray(details) ? details.map((each) => Object(each)) : [];
  const named = all.find(({ errorCode }) => typeof errorCode === 'string')?.errorCode ?? word;
  const code = typeof named === 'string' ? named.slice(0, 100) : `answered ${status}`;
  const isNoToken = all.some(({ fieldViolations: fields }) =>
    Array.isArray(fields) ? fields.some(({ field }) => field === 'message.token') : false,
  );
  return { code, isGone: code === 'UNREGISTERED' || code === 'SENDER_ID_MISMATCH' || isNoToken };
}
