import type { DriverName } from '../db/connection/driver.ts';
import type { DeliveryMethod } from './delivery-method.ts';

/** Of RFC 8292: how push services know who sends. */
export interface Vapid {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`, where their operators turn to. */
  readonly subject: string;
}

/** How a deployment reaches people who are not connected. */
export interface DeliverySettings {
  /** Where LISTEN works; undefined behind a pooler. */
  readonly listenUrl: string | undefined;
  readonly driver: DriverName | 'auto';
  /** Methods of the application, beside `webhook` and `web-push`. */
  readonly methods: readonly DeliveryMethod[];
  /** Without it there is no method `webhook`; the same of the next. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly vapid?: Vapid;
  readonly allowPrivate: boolean;
}
