import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Delivery, Gateway, Transport } from '../../realtime/ports/transport.ts';
import type { Limits } from '../../realtime/sessions/limits.ts';
import type { Readers } from '../fanout/readers.ts';
import type { SharedDelivery } from '../fanout/shared-delivery.ts';
import type { TurnEnd } from './turn-end.ts';

export type SharedEvent = SharedDelivery<Uint8Array<ArrayBuffer>>;

/** The form that a stream gives to publications; streams of one form share the result. */
export interface StreamForm {
  /** Returns the event of a publication; undefined shows none. */
  present(delivery: Delivery): SharedEvent | undefined;
  /** A sign of life. */
  beat(): Uint8Array;
  /**
   * Whether clients know how to go on when a channel is not recovered; else the stream ends, and the next begins
   * anew.
   */
  readonly tellsReset: boolean;
}

/** One stream as the gateway sees it. */
export interface StreamReader extends Transport {
  readonly form: StreamForm;
  take(event: SharedEvent): void;
  /** A sign of life for whatever is in between; ends the stream when its time is over. */
  beat(): void;
}

/** The parts that all streams of a process share. */
export interface StreamHost extends Gateway {
  readonly manager: RealtimeManager;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readers: Readers<StreamReader>;
  readonly turn: TurnEnd;
  add(stream: StreamReader): void;
  delete(stream: StreamReader): void;
}
