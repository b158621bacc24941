import { personalChannel } from '../../../src/protocol/wire/channel-name.ts';
import type { Position } from '../../../src/protocol/wire/position.ts';
import type { Random } from '../../../test/support/random.ts';
import type { Journal } from '../journal.ts';
import type { Examined } from '../verdict.ts';
import { type LegSink, legs, type WirePublication } from './legs.ts';
import { Place } from './place.ts';

export type LegName = keyof typeof legs;

export interface HopperOptions {
  /** Also the user. */
  readonly name: string;
  /** By their names on the wire. */
  readonly channels: readonly string[];
  /** The log name of the user's own channel behind one of the names. */
  readonly personal: string;
  readonly random: Random;
  readonly journal: Journal;
  /** `host:port` of some process, asked at each move. */
  readonly address: () => Promise<string>;
}

/** Milliseconds on one transport, once it stands on all channels that were asked for. */
const stayMs = { least: 50, most: 500 };
const standLimitMs = 5_000;
const names = Object.keys(legs) as LegName[];

/** One client that changes its transport again and again, with nothing but its positions. */
export class Hopper implements Examined {
  readonly name: string;
  /** By the name in the log. */
  readonly places: ReadonlyMap<string, Place>;
  readonly keys = new Set<string>();
  received = 0;
  repeated = 0;
  disordered = 0;
  told = 0;
  /** From which transport to which, each time it then stood. */
  readonly moves: (readonly [from: LegName, to: LegName])[] = [];
  readonly failures: string[] = [];
  /** Resolves when it first stands on all its channels: what is published before is not owed. */
  readonly standing: Promise<void>;
  readonly #stands = Promise.withResolvers<void>();
  readonly #options: HopperOptions;
  /** Positions by channel, as the last transport that carried it said. */
  readonly #vector = new Map<string, string>();
  readonly #stopping = new AbortController();
  #leg: LegName = 'websocket';

  constructor(options: HopperOptions) {
    this.#options = options;
    this.name = options.name;
    this.standing = this.#stands.promise;
    this.places = new Map(options.channels.map((channel) => [this.#inLog(channel), new Place()]));
  }

  /** Moves until `stop`. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const next = this.#pick(names.filter((name) => name !== this.#leg));
      const stood = await this.#travel(next);
      if (stood) this.moves.push([this.#leg, next]);
      this.#leg = next;
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  reached(goals: ReadonlyMap<string, Position>): boolean {
    return [...this.places].every(([channel, place]) => {
      const goal = goals.get(channel);
      return !goal || (place.epoch === goal.epoch && place.seen >= goal.offset);
    });
  }

  /** Whether it came to stand on all channels it asked for. */
  async #travel(name: LegName): Promise<boolean> {
    const { random } = this.#options;
    const channels = this.#someChannels();
    const moving = new AbortController();
    const timers = [setTimeout(() => moving.abort(), standLimitMs)];
    const awaited = new Set(channels);
    const onStanding = (channel: string) => {
      if (!awaited.delete(channel) || awaited.size > 0) return;
      const stay = stayMs.least + random() * (stayMs.most - stayMs.least);
      timers.push(setTimeout(() => moving.abort(), stay));
    };
    const signal = AbortSignal.any([moving.signal, this.#stopping.signal]);
    const since = new Map(this.#vector);
    try {
      const address = await this.#options.address();
      await legs[name]({ address, userId: this.name, channels, since, signal, sink: this.#sink(onStanding) });
    } catch (error) {
      this.failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
      await Bun.sleep(50 * (0.5 + random()));
    }
    for (const timer of timers) clearTimeout(timer);
    moving.abort();
    return awaited.size === 0;
  }

  /** Half of the times some channels only: the positions of the others have to wait, and may come along. */
  #someChannels(): readonly string[] {
    const { random, channels } = this.#options;
    const isFirst = this.#vector.size < channels.length;
    const some = isFirst || random() < 0.5 ? channels : channels.filter(() => random() < 0.7);
    return some.length > 0 ? some : channels;
  }

  #sink(onStanding: (channel: string) => void): LegSink {
    return {
      stands: (channel, position, recovered) => {
        if (recovered === false) this.told += 1;
        this.#place(channel).subscribed(position, recovered);
        onStanding(channel);
        if (this.places.values().every(({ epoch }) => epoch !== '')) this.#stands.resolve();
      },
      publication: (publication) => this.#take(publication),
      moved: (channel, position) => void this.#vector.set(channel, position),
    };
  }

  #take({ channel, offset, id, data }: WirePublication): void {
    const place = this.#place(channel);
    const { isNew, inOrder } = place.take(offset);
    if (!inOrder) this.disordered += 1;
    if (!isNew) {
      this.repeated += 1;
      return;
    }
    this.received += 1;
    this.#options.journal.note(this.#inLog(channel), place.epoch, offset, id);
    if (data?.key) this.keys.add(data.key);
  }

  #place(channel: string): Place {
    const place = this.places.get(this.#inLog(channel));
    if (!place) throw new Error(`${this.name} never asked for ${channel}.`);
    return place;
  }

  #inLog(channel: string): string {
    return channel === this.#options.personal ? personalChannel(channel, this.#options.name) : channel;
  }

  #pick<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.#options.random() * from.length)];
    if (chosen === undefined) throw new Error('There is nothing to choose from.');
    return chosen;
  }
}
