import type { Clock } from '../../lib/clock.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Gateway, Transport } from '../../realtime/ports/transport.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { Readers } from '../fanout/readers.ts';

/** The parts that all waiting polls of a process share. */
export interface WaitHost extends Gateway {
  readonly manager: RealtimeManager;
  readonly clock: Clock;
  readonly waits: Readers<Wait>;
}

/**
 * A poll that waits: the transport of a session that lives as long as one request. It carries nothing, it only wakes:
 * what is answered is read from the log.
 */
export class Wait implements Transport {
  readonly gateway: WaitHost;
  readonly session: Session;
  readonly congested = false;
  /** The answer is due, whatever there is to answer. */
  over = false;
  #wake: (() => void) | undefined;

  constructor(gateway: WaitHost) {
    this.gateway = gateway;
    this.session = gateway.manager.open(this);
  }

  /** Resolves at the next sign of something new, or when it is over. */
  news(): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake?.();
  }

  end(): void {
    this.over = true;
    this.wake();
  }

  // A new life of the log comes as a control frame.
  send(): void {
    this.wake();
  }

  deliver(): void {
    this.wake();
  }

  whisper(): void {
    // A poll reads the log, where this is not.
  }

  join(channel: string): void {
    this.gateway.waits.join(channel, this);
  }

  leave(channel: string): void {
    this.gateway.waits.leave(channel, this);
  }

  probe(): void {
    // Nothing can come back before the answer; the longest wait and an abort bound its life.
    this.session.heardAt = this.gateway.clock.monotonic();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): void {
    this.end();
  }
}
