import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../../errors.ts';
import { reportAttempt } from '../../deliveries/report.ts';
import type { ProviderReport } from '../../statuses.ts';
import type { Tracking } from '../../tracking.ts';
import { stopSms } from './limits.ts';
import { wishOf } from './stop-words.ts';

export interface SmsCallbacks {
  /** The address under which the provider reaches the routes `status` and `inbound`. */
  readonly callbackUrl: string;
  readonly signingKey: string;
}

/** The address at which a provider reports the fate of one message. */
export const statusUrl = (callbackUrl: string, attemptId: string) =>
  `${callbackUrl}/status?attempt=${encodeURIComponent(attemptId)}`;

/** The `X-Twilio-Signature` of a form that was posted to an address. */
export function signatureOf(key: string, url: string, form: URLSearchParams): string {
  const fields = [...form].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const signed = url + fields.flat().join('');
  return createHmac('sha1', key).update(signed).digest('base64');
}

/** A form as it was posted, and its `X-Twilio-Signature`. */
export interface SmsCallback {
  readonly body: string;
  readonly signature: string | undefined;
}

/** Returns the form of a callback. Throws `invalid_token` where its signature is not the provider's. */
function verified(
  settings: SmsCallbacks | undefined,
  url: (base: string) => string,
  { body, signature = '' }: SmsCallback,
): URLSearchParams {
  const form = new URLSearchParams(body);
  const given = Buffer.from(signature);
  const expected = settings && Buffer.from(signatureOf(settings.signingKey, url(settings.callbackUrl), form));
  if (!expected || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AppError(
      'invalid_token',
      'The signature of the callback is wrong: check SMS_CALLBACK_URL and SMS_SIGNING_KEY.',
    );
  }
  return form;
}

const reports: Readonly<Record<string, ProviderReport>> = {
  sent: 'sent',
  delivered: 'delivered',
  undelivered: 'failed',
  failed: 'failed',
};

/** Takes a report of the provider on one message. Throws `invalid_token` where its signature is wrong. */
export async function takeStatus(
  tracking: Tracking,
  settings: SmsCallbacks | undefined,
  attemptId: string,
  callback: SmsCallback,
): Promise<void> {
  const form = verified(settings, (base) => statusUrl(base, attemptId), callback);
  const report = reports[form.get('MessageStatus') ?? ''];
  const code = form.get('ErrorCode');
  if (report)
    await reportAttempt(tracking, {
      attemptId,
      report,
      error: code ? `code ${code.slice(0, 20)}` : 'undelivered',
    });
}

/**
 * Takes an SMS of a person: a word that opts out or in. Of one without an id, which could be a repetition, only the
 * opting out is taken. Throws `invalid_token` where its signature is wrong.
 */
export async function takeInbound(
  tracking: Tracking,
  settings: SmsCallbacks | undefined,
  callback: SmsCallback,
): Promise<void> {
  const form = verified(settings, (base) => `${base}/inbound`, callback);
  const messageId = form.get('MessageSid') ?? form.get('SmsSid') ?? '';
  const body = form.get('Body') ?? '';
  if (messageId === '' && wishOf(body) === 'start') return;
  // Signed are the fields without their borders: the same text, cut elsewhere, has another id and the same signature.
  const names = [messageId.slice(0, 200), `signature ${callback.signature}`];
  await takeAnswer(tracking, form.get('From') ?? '', body, messageId === '' ? [] : names);
}

/** Opts the owner of a number out or in, where the text asks for it; `names` as {@link stopSms} takes them. */
export async function takeAnswer(
  tracking: Tracking,
  phone: string,
  body: string,
  names: readonly string[] = [],
): Promise<void> {
  const wish = wishOf(body);
  if (wish && phone !== '') await stopSms(tracking, phone, wish === 'stop', names);
}
