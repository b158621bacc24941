import { type Static, Type } from '@sinclair/typebox';
import type { ReachSettings } from '../extension/delivery-settings.ts';
import { secret, text } from './variable-types.ts';

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
];

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
  };
}
