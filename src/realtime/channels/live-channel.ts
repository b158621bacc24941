import type { Clock } from '../../lib/clock.ts';
import { nextState } from '../../lib/state-table.ts';
import type { Logger } from '../../logger.ts';
import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import { type IsKept, keptBy } from '../../protocol/wire/exclusion.ts';
import type { Position } from '../../protocol/wire/position.ts';
import { type Exclusion, encodePublication, type Publication } from '../../protocol/wire/publication.ts';
import type { Broker } from '../ports/broker.ts';
import type { EventLog, Page } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Delivery, Gateway, Subscriber, Transport } from '../ports/transport.ts';
import { type ChannelEvent, type ChannelState, channelStates } from './channel-state.ts';
import { type Block, type History, skippedDelivery } from './history.ts';
import type { ChannelToOpen } from './namespace.ts';
import { Tail } from './tail.ts';

export interface LiveChannelDeps {
  readonly log: EventLog;
  readonly history: History;
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** Publications read from the log at once when a gap is repaired. */
const repairPageSize = 200;
/** Wait after a failed read of the log, in milliseconds. */
const repairRetryMs = 1_000;

/**
 * A channel with local subscribers, and its head: the offset up to which they have been served.
 *
 * R2: a publication is delivered when it is head + 1, dropped when it is not above the head; anything further ahead
 * only says that the log holds more, and the log is read. Subscribers thus see each publication once and in order, in
 * whatever order and however often it arrives (own appends, transactions, other processes).
 */
export class LiveChannel {
  readonly name: string;
  readonly wireName: string;
  /** The subscribers, each with the offset after which it reads. */
  readonly subscribers = new Map<Subscriber, number>();
  /** Whether its readers learn of each other. */
  readonly hasPresence: boolean;
  /** A channel of the engine itself serves nobody and is left out of all counting. */
  readonly isInternal: boolean;
  /** Subscriptions and subscribes under way; some time after the last one the channel is forgotten. */
  holders = 0;
  /** The comparison of heads leaves this channel out. */
  unchecked = false;
  /** Settles when the head is known; rejects when the log cannot be read. */
  readonly opened: Promise<void>;
  readonly #deps: LiveChannelDeps;
  readonly #gateways = new Map<Gateway, number>();
  readonly #tail = new Tail();
  #position: Position | undefined;
  /** The furthest offset heard of in the present life. Until the head is known, in the life `#heardEpoch`. */
  #heardOf = 0;
  #heardEpoch: string | undefined;
  /** Another life was heard of since the log was last asked. */
  #heardOfOtherLife = false;
  #state: ChannelState = 'opening';
  #checkingLife: Promise<void> | undefined;

  constructor({ name, wireName, namespace }: ChannelToOpen, deps: LiveChannelDeps) {
    this.name = name;
    this.wireName = wireName;
    this.hasPresence = namespace?.presence === true;
    this.isInternal = name.startsWith('_');
    this.#deps = deps;
    this.opened = this.#open();
  }

  get isOpen(): boolean {
    return this.#position !== undefined;
  }

  /** The position up to which the local subscribers were served. Throws before `opened` has settled. */
  get position(): Position {
    if (!this.#position) throw new Error(`The head of ${this.name} has not been read yet.`);
    return this.#position;
  }

  /** `began` is the offset after which the subscriber was given everything; the head when left out. */
  join(subscriber: Subscriber, began = this.position.offset): void {
    this.subscribers.set(subscriber, began);
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
    const position = this.#position;
    const next = position?.epoch === publication.epoch && publication.offset === position.offset + 1;
    if (next && this.#state === 'live') this.#deliver(publication);
    else this.hearOf(publication);
  }

  /** The log reaches this position: everything missing up to there is read and delivered. */
  hearOf({ epoch, offset }: Position): void {
    const known = this.#position?.epoch ?? this.#heardEpoch ?? epoch;
    this.#heardEpoch = known;
    // Another epoch says nothing about this one's offsets; reading from here on will tell what became of it.
    if (epoch === known) this.#heardOf = Math.max(this.#heardOf, offset);
    else this.#heardOfOtherLife = true;
    this.#follow();
  }

  /** Hands an ephemeral frame, which is in no log, to the subscribers. */
  whisper(frame: EphemeralFrame, text: string, exclude: Exclusion | undefined): void {
    const { epoch } = this.position;
    const isKept = exclude === undefined ? () => false : keptBy(exclude);
    for (const [subscriber, offset] of this.subscribers) {
      if (!isKept(subscriber, { epoch, offset })) subscriber.transport.whisper(frame, text);
    }
  }

  /** Takes the end of the log as it was read after this channel was at `asked`. */
  check(head: Position, asked: Position): void {
    // A log restored to an earlier time gives out offsets a second time, which would all be dropped as known.
    const wentBack = head.epoch === asked.epoch && head.offset < asked.offset;
    // Another life is the later one only as long as this channel has not moved to a life itself meanwhile.
    const beganAnew = head.epoch !== asked.epoch && this.position.epoch === asked.epoch;
    if (wentBack || beganAnew) this.#reset(head);
    else this.hearOf(head);
  }

  /**
   * Reads the end of the log and follows it, for readers that know of another life. Readers of one moment share the
   * read.
   */
  checkLife(): Promise<void> {
    const asked = this.position;
    this.#checkingLife ??= this.#deps.log
      .head(this.name)
      .then((head) => this.check(head, asked))
      .finally(() => {
        this.#checkingLife = undefined;
      });
    return this.#checkingLife;
  }

  /** Everything after `offset` from memory, or undefined when history has to be read. */
  tailAfter(offset: number): readonly Delivery[] | undefined {
    return this.#tail.after(offset, this.position.offset);
  }

  /** The offset that the channel had at a time, as far as memory reaches back; otherwise the oldest that it knows. */
  offsetAt(time: number): number {
    return this.#tail.offsetAt(time, this.position.offset);
  }

  /** The mean length of its latest publications in characters. */
  get meanLength(): number {
    return this.#tail.meanLength;
  }

  /** A block of history, shared by all who read it. */
  async historyAfter(offset: number): Promise<Block> {
    const block = await this.#deps.history.after(this, this.position.epoch, offset);
    if (block.head.epoch === this.position.epoch) this.#tail.extend(block.deliveries, this.position.offset);
    return block;
  }

  /** To be called when it has no holder any more: it follows its head, and keeps no publication. */
  rest(): void {
    this.#tail.clear();
  }

  close(): void {
    this.#move('close');
    this.#deps.broker.leave(this.name);
  }

  async #open(): Promise<void> {
    // The broker is joined before the head is read, so a publication in between is heard of and read from the log.
    await this.#deps.broker.join(this.name);
    const head = await this.#deps.log.head(this.name);
    this.#position = head;
    if (this.#heardEpoch !== undefined && this.#heardEpoch !== head.epoch) {
      this.#heardOf = 0;
      this.#heardOfOtherLife = true;
    }
    this.#move('opened');
    this.#follow();
  }

  #deliver(publication: Publication): void {
    const { epoch, offset, timestamp } = publication;
    this.#position = { epoch, offset };
    if (this.holders === 0) return;
    const delivery = { publication, text: encodePublication(publication, this.wireName) };
    this.#tail.push(delivery);
    if (publication.exclude) this.#deliverExcept(delivery, keptBy(publication.exclude));
    else for (const gateway of this.#gateways.keys()) gateway.broadcast(this.name, delivery);
    if (this.isInternal || this.subscribers.size === 0) return;
    const lagMs = this.#deps.clock.now() - Date.parse(timestamp);
    this.#deps.telemetry.delivered(this.subscribers.size, lagMs, publication);
  }

  /** Each gateway gets the publication once and what stands in its place once, with the readers of either. */
  #deliverExcept(delivery: Delivery, isKept: IsKept): void {
    const { epoch } = delivery.publication;
    const shown = new Map<Gateway, Transport[]>();
    const kept = new Map<Gateway, Transport[]>();
    for (const [subscriber, offset] of this.subscribers) {
      const { transport } = subscriber;
      const to = isKept(subscriber, { epoch, offset }) ? kept : shown;
      const known = to.get(transport.gateway);
      if (known) known.push(transport);
      else to.set(transport.gateway, [transport]);
    }
    for (const [gateway, readers] of shown) gateway.multicast(this.name, delivery, readers);
    if (kept.size === 0) return;
    const inItsPlace = skippedDelivery(delivery, this.wireName);
    for (const [gateway, readers] of kept) gateway.multicast(this.name, inItsPlace, readers);
  }

  /** Tells every subscriber that the log began a new life, or lost publications that the subscribers miss. */
  #reset(position: Position): void {
    const isNewLife = position.epoch !== this.position.epoch;
    this.#position = position;
    this.#heardOf = isNewLife ? position.offset : Math.max(this.#heardOf, position.offset);
    this.#tail.clear();
    for (const subscriber of this.subscribers.keys()) {
      this.subscribers.set(subscriber, position.offset);
      subscriber.transport.send({
        type: 'subscribed',
        channel: this.wireName,
        position,
        recovered: false,
      });
    }
  }

  /** Whether the log has to be asked for more. */
  get #isBehind(): boolean {
    return this.#heardOfOtherLife || this.#heardOf > this.position.offset;
  }

  /** Reads what is missing, unless that is under way. */
  #follow(): void {
    const before = this.#state;
    if (before === 'opening' || !this.#isBehind) return;
    this.#move('behind');
    if (before === 'live') void this.#repair();
  }

  #move(event: ChannelEvent): void {
    this.#state = nextState(channelStates, this.#state, event);
  }

  async #repair(): Promise<void> {
    while (this.#state === 'repairing' && this.#isBehind) {
      const from = this.position;
      const heardOf = this.#heardOf;
      this.#heardOfOtherLife = false;
      try {
        const page = await this.#deps.log.read(this.name, from.offset, repairPageSize);
        // A reset meanwhile makes the page one of another place.
        if (this.position === from) this.#take(page, heardOf);
        else this.#heardOfOtherLife = true;
      } catch (error) {
        this.#heardOfOtherLife = true;
        this.#deps.logger.warn(
          { err: error, channel: this.name },
          'live channel could not read the missing publications from the log; subscribers wait, and the read is tried again',
        );
        await new Promise<void>((resolve) => this.#deps.clock.after(repairRetryMs, resolve));
      }
    }
    this.#move('repaired');
  }

  /** Takes what the log holds after the head. `heardOf` is the furthest offset heard of when the log was asked. */
  #take({ head, publications }: Page, heardOf: number): void {
    const { epoch, offset } = this.position;
    if (head.epoch === epoch && head.offset <= offset) {
      // The log was read after the word came, and does not hold that offset. Word that came since may still be true.
      if (this.#heardOf === heardOf) this.#heardOf = offset;
    } else if (head.epoch !== epoch || publications[0]?.offset !== offset + 1) {
      this.#reset(head);
    } else {
      for (const publication of publications) this.#deliver(publication);
      this.#heardOf = Math.max(this.#heardOf, head.offset);
      this.#deps.telemetry.gapRepaired(publications.length);
    }
  }
}
