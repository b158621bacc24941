import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { Limits } from '../../realtime/limits.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Gateway } from '../../realtime/ports/transport.ts';
import type { Readers } from '../fanout/readers.ts';
import type { SharedDelivery } from '../fanout/shared-delivery.ts';

export type SharedEvent = SharedDelivery<Uint8Array<ArrayBuffer>>;

/** One stream as the gateway sees it. */
export interface StreamReader {
  take(event: SharedEvent): void;
  /** A sign of life for whatever is in between; ends the stream when its time is over. */
  beat(): void;
}

/** What all streams of a process share. */
export interface StreamHost extends Gateway {
  readonly manager: RealtimeManager;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readers: Readers<StreamReader>;
  add(stream: StreamReader): void;
  delete(stream: StreamReader): void;
}
