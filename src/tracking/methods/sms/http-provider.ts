import type { SmsMessage, SmsOutcome, SmsProvider } from '../../../extension/delivery-sms.ts';
import { parseObject } from '../json.ts';
import { laterAs, type OutsideAnswer, postOutside } from '../outside.ts';
import { statusUrl } from './callbacks.ts';

export interface HttpSmsOptions {
  /** The address that takes messages. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** A number, a sender name, or the id of a messaging service (`MG…`). */
  readonly from: string;
  /** The address under which the provider calls back. */
  readonly callbackUrl?: string;
  readonly allowPrivate: boolean;
}

const readBytes = 16_384;
/** The number has opted out at the provider. */
const stoppedCode = 21_610;

/**
 * Sends SMS by a form over HTTP with basic authentication, as Twilio and those compatible with it take it. A 400 is final;
 * anything else that is no success is tried again.
 */
export function createHttpSms(options: HttpSmsOptions): SmsProvider {
  const { url, user, password, allowPrivate } = options;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = {
    authorization,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  return {
    async send(message, signal) {
      const body = formOf(options, message).toString();
      return outcomeOf(await postOutside({ url, headers, body, allowPrivate, signal, readBytes }));
    },
  };
}

function formOf({ from, callbackUrl }: HttpSmsOptions, { to, text, attemptId }: SmsMessage): URLSearchParams {
  const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };
  const callback = callbackUrl && { StatusCallback: statusUrl(callbackUrl, attemptId) };
  return new URLSearchParams({ To: to, ...sender, Body: text, ...callback });
}

function outcomeOf(answer: OutsideAnswer): SmsOutcome {
  const { status, body } = answer;
  const said = parseObject(body);
  if (status >= 200 && status < 300) {
    const { sid, num_segments: segments, price } = said;
    const cost = numberOf(price);
    return {
      kind: 'taken',
      ...(typeof sid === 'string' && { providerId: sid.slice(0, 500) }),
      ...(Number(segments) > 0 && { segments: Number(segments) }),
      // The price is told as a negative amount.
      ...(cost !== undefined && { cost: Math.abs(cost) }),
    };
  }
  const { code } = said;
  const error = typeof code === 'number' ? `answered ${status}, code ${code}` : `answered ${status}`;
  if (code === stoppedCode) return { kind: 'stopped', error };
  return status === 400 ? { kind: 'never', error } : laterAs(answer, error);
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
