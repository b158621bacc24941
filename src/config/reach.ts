import { type Static, Type } from '@sinclair/typebox';
import type { ReachHours, ReachSettings, SmsSettings } from '../extension/delivery-settings.ts';
import { isTimeZone } from '../lib/time-zone.ts';
import { integer, secret, text } from './variable-types.ts';

/** The variables of the ways to people who are not connected. */
export const reachVariables = {
  WEBHOOK_URL: secret(
    'an address such as https://app.example/hooks/tambuli',
    'Address of the delivery method `webhook` for tracked events; with WEBHOOK_SECRET',
    { pattern: '^https?://[^\\s/]+' },
  ),
  WEBHOOK_SECRET: secret(
    '`whsec_` and 24 to 64 random bytes in base64',
    'Key that webhooks are signed with, in the form of Standard Webhooks',
    { pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$' },
  ),
  VAPID_PUBLIC_KEY: text(
    'a public key as `bunx web-push generate-vapid-keys` makes it',
    'Public key of the delivery method `web-push`, which browsers subscribe with; with the other two VAPID variables',
    { pattern: '^[A-Za-z0-9_-]{87}$' },
  ),
  VAPID_PRIVATE_KEY: secret(
    'the private key that belongs to VAPID_PUBLIC_KEY',
    'Private key of the delivery method `web-push`',
    { pattern: '^[A-Za-z0-9_-]{43}$' },
  ),
  VAPID_SUBJECT: text(
    'an address such as mailto:ops@example.com or https://example.com',
    'Contact for the operators of push services',
    { pattern: '^(mailto:[^\\s@]+@[^\\s@]+|https://[^\\s/]+.*)$' },
  ),
  FIREBASE_PROJECT_ID: text(
    'the `project_id` of a Firebase service account',
    'Project of the delivery method `fcm`, which pushes to phones; with the other two FIREBASE variables',
    { pattern: '^[a-z0-9][a-z0-9.:-]{2,60}$' },
  ),
  FIREBASE_CLIENT_EMAIL: text(
    'the `client_email` of the service account',
    'Service account that sends by `fcm`',
    { pattern: '^[^\\s@]+@[^\\s@]+$' },
  ),
  FIREBASE_PRIVATE_KEY: secret(
    'the `private_key` of the service account: PEM, without quotation marks, with line breaks or `\\n` between its lines',
    'Private key of the service account; `\\n` counts as a line break',
    {
      pattern: '^-----BEGIN PRIVATE KEY-----(\\\\n|[A-Za-z0-9+/=\\s])+-----END PRIVATE KEY-----(\\\\n|\\s)*$',
    },
  ),
  SMS_URL: text(
    'an address such as https://api.twilio.com/2010-04-01/Accounts/AC…/Messages.json',
    'Address of a provider that takes SMS as Twilio does, for the delivery method `sms`; with SMS_USER, SMS_PASSWORD and SMS_FROM',
    { pattern: '^https?://[^\\s/]+' },
  ),
  SMS_USER: text('the user of the provider’s basic authentication', 'User at the SMS provider'),
  SMS_PASSWORD: secret('the password of that user', 'Password at the SMS provider'),
  SMS_FROM: text(
    'a number such as +14155550100, a sender name of 3 to 11 letters and digits, or the id of a messaging service (MG…)',
    'Sender of SMS',
    { pattern: '^(\\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{3,11})$' },
  ),
  SMS_CALLBACK_URL: text(
    'the public address of this server’s SMS callbacks, such as https://api.example/api/v1/realtime/sms',
    'Address under which the SMS provider reports what was delivered (`/status`) and hands over what people answer (`/inbound`)',
    { pattern: '^https?://[^\\s/?#]+[^\\s?#]*[^\\s/?#]$' },
  ),
  SMS_SIGNING_KEY: secret(
    'the key with which the provider signs its callbacks, such as Twilio’s auth token',
    'Key of the signatures of SMS callbacks; unset means SMS_PASSWORD',
  ),
  SMS_GATEWAY: Type.Boolean({
    default: false,
    expected: 'true or false',
    description: 'Lets phones of signed-in people send the SMS of the method `sms`, in place of a provider',
  }),
  SMS_LIMIT_PER_PERSON: integer(1, 1_000, 10, 'Most SMS to one person in a day (UTC)'),
  SMS_LIMIT_PER_DAY: integer(1, 10_000_000, 1_000, 'Most SMS to all people in a day (UTC)'),
  SMS_MAX_SEGMENTS: integer(1, 10, 3, 'Most segments of one SMS; a longer text is cut'),
  SMS_SEGMENT_COST: text(
    'a decimal such as 0.8',
    'Cost of a segment for the statistics, where the provider tells none; with SMS_CURRENCY',
    { pattern: '^[0-9]{1,6}(\\.[0-9]{1,6})?$' },
  ),
  SMS_CURRENCY: text('three letters such as KES', 'Currency of the cost of SMS', { pattern: '^[A-Z]{3}$' }),
  SMTP_URL: secret(
    'an address such as smtps://user:password@smtp.example or smtp://user:password@smtp.example:587',
    'Server of the delivery method `email`, which sends by SMTP; `smtp://` has to offer STARTTLS; with EMAIL_FROM',
    { pattern: '^smtps?://[^\\s/?#]+/?$' },
  ),
  EMAIL_FROM: text(
    'an address such as school@example.com or School <school@example.com>',
    'Sender of e-mails',
    { pattern: '^([^<>\\r\\n"]{1,100}<)?[^\\s@<>]+@[^\\s@<>]+>?$' },
  ),
  REACH_TIME_ZONE: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_+-]{0,40}(/[A-Za-z0-9_+-]{1,40}){0,2}$',
    default: 'UTC',
    expected: 'a time zone such as Africa/Nairobi',
    description: 'Time zone of people who set none of their own, for quiet hours and digests',
  }),
  QUIET_HOURS: text(
    'two times such as 21:00-06:30',
    'Hours of people who set none of their own in which only `urgent` and `critical` events leave by other methods than `websocket`',
    { pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$' },
  ),
  DIGEST_TIME: Type.String({
    pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
    default: '07:00',
    expected: 'a time such as 07:00',
    description: 'Time of the digest of people who set none of their own',
  }),
  PREDICTION_WAIT_HOURS: integer(
    0,
    24,
    0,
    'Longest wait, in hours, of `low` and `normal` events for an hour in which their person is expected to read them; 0: nothing waits, and nothing is learned',
  ),
  TRACKING_RETENTION_MS: integer(
    3_600_000,
    3_650 * 86_400_000,
    90 * 86_400_000,
    'Age at which tracked events, deliveries, connections and their counts are removed; analytics reach as far',
  ),
  ACTIVITY: Type.Boolean({
    default: false,
    expected: 'true or false',
    description:
      'Stores what pages report of their use (`POST /api/v1/realtime/activity`); ask people, or tell them, as the law of your country has it',
  }),
  ACTIVITY_RETENTION_MS: integer(
    3_600_000,
    3_650 * 86_400_000,
    30 * 86_400_000,
    'Age at which reported activity is removed',
  ),
  PRIVATE_RECEIVERS: Type.Boolean({
    default: false,
    expected: 'true or false',
    description: 'Lets the methods that reach people call private addresses, and any without TLS',
  }),
};

type ReachValues = Partial<Static<ReturnType<typeof Type.Object<typeof reachVariables>>>>;

/** Groups of variables of which all are set, or none. */
export const reachGroups: readonly (readonly (keyof ReachValues)[])[] = [
  ['WEBHOOK_URL', 'WEBHOOK_SECRET'],
  ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'],
  ['FIREBASE_PROJECT_ID', 'FIREBASE_CLIENT_EMAIL', 'FIREBASE_PRIVATE_KEY'],
  ['SMS_URL', 'SMS_USER', 'SMS_PASSWORD', 'SMS_FROM'],
  ['SMS_SEGMENT_COST', 'SMS_CURRENCY'],
  ['SMTP_URL', 'EMAIL_FROM'],
];

/** Variables that mean nothing without another one. */
const needs: readonly (readonly [name: keyof ReachValues, needed: keyof ReachValues])[] = [
  ['SMS_CALLBACK_URL', 'SMS_URL'],
  ['SMS_SIGNING_KEY', 'SMS_CALLBACK_URL'],
];

type Report = (name: keyof ReachValues, found: string, expected: string) => void;

/** Reports what no variable shows by itself. */
export function checkReach(
  values: ReachValues,
  has: (name: keyof ReachValues) => boolean,
  report: Report,
): void {
  for (const names of reachGroups) {
    const given = names.find(has);
    for (const name of names)
      if (given && !has(name)) report(name, 'nothing', `this too, as ${given} is set`);
  }
  for (const [name, needed] of needs) {
    if (has(name) && !has(needed)) report(needed, 'nothing', `this too, as ${name} is set`);
  }
  for (const name of ['WEBHOOK_URL', 'SMS_URL'] as const) {
    if (values[name]?.startsWith('http:') && !values.PRIVATE_RECEIVERS) {
      report(name, 'an address without TLS', 'an https:// address, or PRIVATE_RECEIVERS=true');
    }
  }
  if (values.REACH_TIME_ZONE && !isTimeZone(values.REACH_TIME_ZONE)) {
    report('REACH_TIME_ZONE', values.REACH_TIME_ZONE, 'a time zone such as Africa/Nairobi');
  }
  if (values.SMS_GATEWAY && has('SMS_URL')) {
    report('SMS_GATEWAY', 'true', 'false, as SMS_URL is set: SMS go one way or the other');
  }
}

/** Returns the settings of each method whose variables are set. */
export function reachSettings(values: ReachValues): ReachSettings {
  const { WEBHOOK_URL: url, WEBHOOK_SECRET: webhookSecret } = values;
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: vapidKey, VAPID_SUBJECT: subject } = values;
  const {
    FIREBASE_PROJECT_ID: projectId,
    FIREBASE_CLIENT_EMAIL: clientEmail,
    FIREBASE_PRIVATE_KEY: pem,
  } = values;
  return {
    ...(url && webhookSecret && { webhook: { url, secret: webhookSecret } }),
    ...(publicKey && vapidKey && subject && { vapid: { publicKey, privateKey: vapidKey, subject } }),
    ...(projectId &&
      clientEmail &&
      pem && { fcm: { projectId, clientEmail, privateKey: pem.replaceAll('\\n', '\n') } }),
    sms: smsSettings(values),
    hours: hoursOf(values),
    ...(values.PREDICTION_WAIT_HOURS && { prediction: { waitHours: values.PREDICTION_WAIT_HOURS } }),
    records: {
      keptMs: values.TRACKING_RETENTION_MS ?? 0,
      activityKeptMs: values.ACTIVITY_RETENTION_MS ?? 0,
      activity: values.ACTIVITY ?? false,
    },
    ...(values.SMTP_URL && values.EMAIL_FROM && { email: { url: values.SMTP_URL, from: values.EMAIL_FROM } }),
  };
}

function hoursOf({ REACH_TIME_ZONE, QUIET_HOURS, DIGEST_TIME }: ReachValues): ReachHours {
  const [from, to] = QUIET_HOURS?.split('-').map(minutesOf) ?? [];
  return {
    timeZone: REACH_TIME_ZONE ?? 'UTC',
    digestMinute: minutesOf(DIGEST_TIME ?? '07:00'),
    ...(from !== undefined && to !== undefined && { quiet: { from, to } }),
  };
}

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function smsSettings(values: ReachValues): SmsSettings {
  const { SMS_URL: url, SMS_USER: user, SMS_PASSWORD: password, SMS_FROM: from } = values;
  const { SMS_CALLBACK_URL: callbackUrl, SMS_SIGNING_KEY: signingKey = password } = values;
  const { SMS_SEGMENT_COST: segmentCost, SMS_CURRENCY: currency } = values;
  const { SMS_LIMIT_PER_PERSON: perPerson = 0, SMS_LIMIT_PER_DAY: perDay = 0 } = values;
  return {
    limits: { perPerson, perDay },
    maxSegments: values.SMS_MAX_SEGMENTS ?? 1,
    phones: values.SMS_GATEWAY ?? false,
    ...(segmentCost && { segmentCost: Number(segmentCost) }),
    ...(currency && { currency }),
    ...(url && user && password && from && { http: { url, user, password, from } }),
    ...(callbackUrl && signingKey && { callbacks: { callbackUrl, signingKey } }),
  };
}
