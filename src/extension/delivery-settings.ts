import type { DriverName } from '../db/connection/driver.ts';
import type { Rest } from '../lib/idleness.ts';
import type { DeliveryMethod } from './delivery-method.ts';
import type { SmsProvider } from './delivery-sms.ts';

/** The VAPID keys of RFC 8292, by which push services identify the sender. */
export interface Vapid {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`, where their operators turn to. */
  readonly subject: string;
}

/** The Firebase service account that pushes to phones. */
export interface FirebaseAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

/** The settings of SMS. There is no method `sms` without a provider: over HTTP, phones, or the application's own. */
export interface SmsSettings {
  /** Most SMS to one person, and to all, in a day (UTC). */
  readonly limits: { readonly perPerson: number; readonly perDay: number };
  readonly maxSegments: number;
  /** In `currency`. */
  readonly segmentCost?: number;
  readonly currency?: string;
  readonly http?: {
    readonly url: string;
    readonly user: string;
    readonly password: string;
    readonly from: string;
  };
  /** Whether phones of signed-in people send them. */
  readonly phones: boolean;
  readonly callbacks?: { readonly callbackUrl: string; readonly signingKey: string };
}

/** The hours of people who set none of their own. Minutes after midnight. */
export interface ReachHours {
  /** A name of the tz database. */
  readonly timeZone: string;
  /** Nothing but urgent and critical events leaves then, except to live sessions. */
  readonly quiet?: { readonly from: number; readonly to: number };
  /** When digests are sent. */
  readonly digestMinute: number;
}

/** The prediction of when people read. */
export interface PredictionSettings {
  /** The longest time that a low or normal event waits for an hour in which its person reads. */
  readonly waitHours: number;
}

/** The ages of tracked events and of activity that are kept. Milliseconds. */
export interface RecordSettings {
  readonly keptMs: number;
  readonly activityKeptMs: number;
  /** Whether reported activity is stored at all. */
  readonly activity: boolean;
}

/** The settings of the methods of this package; a method without settings does not exist. */
export interface ReachSettings {
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly vapid?: Vapid;
  readonly fcm?: FirebaseAccount;
  readonly sms: SmsSettings;
  readonly hours: ReachHours;
  /** Absent: nothing waits, and nothing is learned. */
  readonly prediction?: PredictionSettings;
  readonly records: RecordSettings;
  /** `url` of an SMTP server, with its credentials. */
  readonly email?: { readonly url: string; readonly from: string };
}

/** The settings by which a deployment reaches people who are not connected. */
export interface DeliverySettings extends ReachSettings {
  /** An address at which LISTEN works; undefined behind a pooler. */
  readonly listenUrl: string | undefined;
  readonly driver: DriverName | 'auto';
  /** The sleep of the process, in which nothing is sent. */
  readonly rest?: Rest;
  /** Methods of the application, beside those of the package. */
  readonly methods: readonly DeliveryMethod[];
  /** The provider of SMS that the application brings; it comes before those of the configuration. */
  readonly smsProvider?: SmsProvider;
  /** Lets methods call private addresses, and any without TLS. */
  readonly allowPrivate: boolean;
}
