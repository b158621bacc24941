import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import { formatPosition, type Position } from '../protocol/position.ts';
import { encodePublication, type Publication } from '../protocol/publication.ts';
import type { Broker } from './ports/broker.ts';
import type { EventLog } from './ports/event-log.ts';
import type { Gateway, Subscriber } from './ports/transport.ts';

export interface LiveChannelDeps {
  readonly log: EventLog;
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Publications read from the log at once when a gap is repaired. */
const repairPageSize = 200;
/** Wait after a failed read of the log, in milliseconds. */
const repairRetryMs = 1_000;

/**
 * A channel with local subscribers, and its head: the offset up to which they have been served.
 *
 * R2: a publication is delivered when it is head + 1, dropped when it is not above the head; anything further ahead
 * only says that the log holds more, and the log is read. So whatever order and however often publications arrive
 * (own appends, transactions, other processes), subscribers see each once and in order.
 */
export class LiveChannel {
  readonly name: string;
  readonly wireName: string;
  readonly subscribers = new Set<Subscriber>();
  /** Subscriptions and subscribes under way; at zero the manager forgets the channel. */
  holders = 0;
  /** Settles when the head is known; rejects when the log or the broker cannot be reached. */
  readonly opened: Promise<void>;
  readonly #deps: LiveChannelDeps;
  readonly #gateways = new Map<Gateway, number>();
  #position: Position | undefined;
  /** The highest offset heard of. */
  #heardOf = 0;
  #repairing = false;
  #closed = false;

  constructor(name: string, wireName: string, deps: LiveChannelDeps) {
    this.name = name;
    this.wireName = wireName;
    this.#deps = deps;
    this.opened = this.#open();
  }

  /** Where the local subscribers are. Throws before `opened` has settled. */
  get position(): Position {
    if (!this.#position) throw new Error(`The head of ${this.name} has not been read yet.`);
    return this.#position;
  }

  join(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
    const { gateway } = subscriber.transport;
    this.#gateways.set(gateway, (this.#gateways.get(gateway) ?? 0) + 1);
    subscriber.transport.join(this.name);
  }

  leave(subscriber: Subscriber): void {
    if (!this.subscribers.delete(subscriber)) return;
    const { gateway } = subscriber.transport;
    const left = (this.#gateways.get(gateway) ?? 0) - 1;
    if (left > 0) this.#gateways.set(gateway, left);
    else this.#gateways.delete(gateway);
    subscriber.transport.leave(this.name);
  }

  /** Takes a publication that is in the log, from wherever it was heard. */
  accept(publication: Publication): void {
    const { epoch, offset } = publication;
    const position = this.#position;
    if (!position) {
      this.#heardOf = Math.max(this.#heardOf, offset);
    } else if (epoch !== position.epoch) {
      this.#reset({ epoch, offset: offset - 1 });
      this.#deliver(publication);
    } else if (offset === position.offset + 1 && !this.#repairing) {
      this.#deliver(publication);
    } else if (offset > position.offset) {
      this.hearOf(offset);
    }
  }

  /** The log is known to reach `offset`: what is missing up to there is read and delivered. */
  hearOf(offset: number): void {
    this.#heardOf = Math.max(this.#heardOf, offset);
    if (this.#position && this.#heardOf > this.#position.offset && !this.#repairing) void this.#repair();
  }

  close(): void {
    this.#closed = true;
    this.#deps.broker.leave(this.name);
  }

  async #open(): Promise<void> {
    // Joined before the head is read: what is published in between is heard of, and read from the log.
    await this.#deps.broker.join(this.name);
    this.#position = await this.#deps.log.head(this.name);
    this.hearOf(this.#heardOf);
  }

  #deliver(publication: Publication): void {
    this.#position = { epoch: publication.epoch, offset: publication.offset };
    if (this.#gateways.size === 0) return;
    const delivery = { publication, text: encodePublication(publication, this.wireName) };
    for (const gateway of this.#gateways.keys()) gateway.broadcast(this.name, delivery);
  }

  /** The log began a new life, or lost what the subscribers miss: they are told, never left in silence. */
  #reset(position: Position): void {
    this.#position = position;
    for (const { transport } of this.subscribers) {
      transport.send({
        type: 'subscribed',
        channel: this.wireName,
        position: formatPosition(position),
        recovered: false,
      });
    }
  }

  async #repair(): Promise<void> {
    this.#repairing = true;
    while (!this.#closed && this.#heardOf > this.position.offset) {
      const { epoch, offset } = this.position;
      try {
        const page = await this.#deps.log.read(this.name, offset, repairPageSize);
        const continues = page.head.epoch === epoch && page.publications[0]?.offset === offset + 1;
        if (!continues) {
          this.#heardOf = page.head.offset;
          this.#reset(page.head);
        }
        if (continues) for (const publication of page.publications) this.#deliver(publication);
      } catch (error) {
        this.#deps.logger.warn({ err: error, channel: this.name }, 'gap not repaired yet, trying again');
        await new Promise<void>((resolve) => this.#deps.clock.after(repairRetryMs, resolve));
      }
    }
    this.#repairing = false;
  }
}
