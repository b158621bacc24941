import type { DriverName } from '../db/connection/driver.ts';
import type { DeliveryMethod } from './delivery-method.ts';

/** The VAPID keys of RFC 8292, by which push services identify the sender. */
export interface Vapid {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`, where their operators turn to. */
  readonly subject: string;
}

/** The settings by which a deployment reaches people who are not connected. */
export interface DeliverySettings {
  /** An address at which LISTEN works; undefined behind a pooler. */
  readonly listenUrl: string | undefined;
  readonly driver: DriverName | 'auto';
  /** Methods of the application, beside `webhook` and `web-push`. */
  readonly methods: readonly DeliveryMethod[];
  /** Without it there is no method `webhook`; the same of the next. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly vapid?: Vapid;
  readonly allowPrivate: boolean;
}
