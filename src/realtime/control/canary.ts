import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LiveChannel } from '../channels/live-channel.ts';
import type { LiveChannels } from '../channels/live-channels.ts';
import type { Broker } from '../ports/broker.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Subscriber } from '../ports/transport.ts';
import { silentTransport } from '../sessions/silent-transport.ts';

/** No client can name it: names on the wire begin with a letter. */
export const canaryChannel = '_canary';
/** Shorter than the comparison of heads, which would heal what the canary is to find. Milliseconds. */
const limitMs = 2_000;
/** Milliseconds for which a result is given to every caller again. */
const freshMs = 1_000;

interface CanaryDeps {
  readonly channels: LiveChannels;
  readonly log: EventLog;
  readonly broker: Broker;
  readonly clock: Clock;
  readonly createId: () => string;
}

/** R6: a publication of our own that has to come back through log, broker and manager. */
export class Canary {
  readonly #deps: CanaryDeps;
  readonly #waiting = new Map<string, () => void>();
  readonly #subscriber: Subscriber;
  #live: LiveChannel | undefined;
  #latest: { readonly at: number; readonly flight: Promise<void> } | undefined;

  constructor(deps: CanaryDeps) {
    this.#deps = deps;
    const transport = silentTransport('canary', {
      deliver: ({ publication }) => this.#waiting.get(publication.id)?.(),
    });
    this.#subscriber = { transport };
  }

  /** Resolves when one came the whole way; rejects with what broke it, `not_ready` when it did not arrive in time. */
  check(): Promise<void> {
    const at = this.#deps.clock.monotonic();
    if (!this.#latest || at - this.#latest.at >= freshMs) this.#latest = { at, flight: this.#fly() };
    return this.#latest.flight;
  }

  async #fly(): Promise<void> {
    const { log, broker, clock, createId } = this.#deps;
    const id = createId();
    const arrived = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
    try {
      await this.#listen();
      const [publication] = await log.append([{ id, channel: canaryChannel, type: 'canary', data: 'null' }]);
      if (publication) broker.echo(publication);
      const late = new AppError(
        'not_ready',
        `A publication did not come back through the ${broker.name} broker.`,
      );
      const timeUp = Promise.withResolvers<void>();
      using _limit = clock.after(limitMs, () => timeUp.reject(late));
      await Promise.race([arrived, timeUp.promise]);
    } finally {
      this.#waiting.delete(id);
    }
  }

  async #listen(): Promise<void> {
    if (this.#live) return;
    const live = this.#deps.channels.hold({ name: canaryChannel, wireName: canaryChannel });
    // Only the echo of the broker may move it: a repair by the comparison of heads proves nothing of the broker.
    live.unchecked = true;
    try {
      await live.opened;
    } catch (error) {
      this.#deps.channels.release(live);
      throw error;
    }
    if (this.#live) return this.#deps.channels.release(live);
    live.join(this.#subscriber);
    this.#live = live;
  }
}
