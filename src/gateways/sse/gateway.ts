import type { Clock } from '../../lib/clock.ts';
import { componentLogger, type Logger } from '../../logger.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { Limits } from '../../realtime/sessions/limits.ts';
import { Readers } from '../fanout/readers.ts';
import type { Timeouts } from '../http/lingering.ts';
import type { SharedEvent, StreamForm, StreamHost, StreamReader } from './host.ts';
import { TurnEnd } from './turn-end.ts';

/** Proxies cut what is silent for 20 to 60 s. Milliseconds. */
const heartbeatMs = 15_000;
/**
 * The lateness of a beat that cuts no connection. Bun looks for silent connections every four seconds, and counts a time in
 * which the process did not run as one of its looks.
 */
const graceSeconds = 9;

export type SseGatewayDeps = Pick<StreamHost, 'manager' | 'limits' | 'clock' | 'logger'>;

/** All event streams of a process: who reads which channel, and one timer that beats and renews them. */
export class SseGateway implements StreamHost {
  readonly name = 'sse';
  readonly userLimit = 'streamsPerUser';
  readonly manager: RealtimeManager;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readers = new Readers<StreamReader>();
  readonly turn = new TurnEnd();
  readonly #streams = new Set<StreamReader>();
  #timer: Disposable | undefined;

  constructor(deps: SseGatewayDeps) {
    this.manager = deps.manager;
    this.limits = deps.limits;
    this.clock = deps.clock;
    this.logger = componentLogger(deps.logger, 'sse');
  }

  broadcast(channel: string, delivery: Delivery): void {
    this.multicast(channel, delivery, this.readers.of(channel));
  }

  multicast(_channel: string, delivery: Delivery, to: Iterable<StreamReader>): void {
    const events = new Map<StreamForm, SharedEvent | undefined>();
    for (const stream of to) {
      const { form } = stream;
      if (!events.has(form)) events.set(form, form.present(delivery));
      const event = events.get(form);
      if (event) stream.take(event);
    }
  }

  /**
   * Bounds the silence of a stream's connection: between two beats nothing is sent, and whatever the peer of a stream that
   * has ended does not take is given up after it. The stream itself keeps no request, which is a third of its memory.
   */
  admit(request: Request, server: Timeouts | null | undefined): void {
    server?.timeout(request, Math.ceil(this.#beatMs / 1_000) + graceSeconds);
  }

  /** A beat is also the stream's sign of life for the sweep. */
  get #beatMs(): number {
    return Math.min(heartbeatMs, this.limits.heartbeatMs, this.limits.streamLifetimeMs / 10);
  }

  /** The timer runs while there is a stream. */
  add(stream: StreamReader): void {
    this.#streams.add(stream);
    this.#timer ??= this.clock.every(this.#beatMs, () => {
      for (const each of this.#streams) each.beat();
    });
  }

  delete(stream: StreamReader): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
