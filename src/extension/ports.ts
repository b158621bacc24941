import type { Authenticator } from '../auth/authenticator.ts';
import type { Clock } from '../lib/clock.ts';
import type { ConnectBroker } from '../realtime/ports/broker.ts';
import type { EventLog } from '../realtime/ports/event-log.ts';
import type { PresenceStore } from '../realtime/ports/presence-store.ts';
import type { DeliveryMethod } from './delivery-method.ts';
import type { SmsProvider } from './delivery-sms.ts';
import type { FileStore } from './files/store.ts';

/** Parts of a server that an application may bring instead of those that the configuration names. */
export interface Ports {
  /** Identifies callers. Tokens that an operator withdrew are refused whatever it says. */
  readonly authenticator?: Authenticator;
  /** Carries publications between processes. */
  readonly broker?: ConnectBroker;
  /**
   * Keeps the publications. What `realtime_publish`, triggers and `log.appendFrom` write goes to the log in Postgres, and
   * so reaches nobody while another one is given.
   */
  readonly eventLog?: EventLog;
  /** Knows who is where over all processes; it is disposed of with the server. */
  readonly presence?: PresenceStore;
  /** Ways to people who are not connected, beside those of the package; event types name them. */
  readonly deliveryMethods?: readonly DeliveryMethod[];
  /** Sends the SMS of the delivery method `sms`. */
  readonly smsProvider?: SmsProvider;
  /** Keeps the bytes of files. */
  readonly fileStore?: FileStore;
  /** The time and the timers of everything. */
  readonly clock?: Clock;
}
