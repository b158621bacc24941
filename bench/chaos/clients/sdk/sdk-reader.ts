import { createClient } from '../../../../clients/web/src/index.ts';
import type { Channel, Client, Publication, TransportName } from '../../../../clients/web/src/types.ts';
import { type Position, parsePosition } from '../../../../src/protocol/wire/position.ts';
import { until } from '../../../../test/support/until.ts';
import type { Journal } from '../../journal.ts';
import { Place } from '../place.ts';
import { hurried } from './hurried.ts';

export interface SdkReaderOptions {
  readonly name: string;
  /** `host:port` */
  readonly address: string;
  readonly channels: readonly string[];
  readonly transport: TransportName;
  readonly journal: Journal;
  /** The application's own state of a channel. */
  readonly snapshot: (channel: string) => Promise<readonly string[]>;
}

/** The client of this repository as a reader of the chaos: it decides itself when to come back, and what to drop. */
export class SdkReader implements Disposable {
  readonly name: string;
  readonly places: ReadonlyMap<string, Place>;
  readonly keys = new Set<string>();
  /** A state that is fetched is part of the subscription, so none is under way when it stands. */
  readonly snapshots: Promise<void>[] = [];
  received = 0;
  repeated = 0;
  /** A publication that the application had, or that did not follow the one before. */
  disordered = 0;
  /** Times the application was given the state again, since a range is gone. */
  told = 0;
  readonly #client: Client;
  readonly #options: SdkReaderOptions;

  constructor(options: SdkReaderOptions) {
    const { name, address, channels, transport } = options;
    this.#options = options;
    this.name = name;
    this.places = new Map(channels.map((channel) => [channel, new Place()]));
    this.#client = createClient(`http://${address}`, {
      identity: { userId: name, role: 'officer' },
      transports: [transport],
      pollIntervalMs: 2_000,
      environment: hurried,
    });
    // A failure shows in the counts, and those of a fault are meant to be.
    this.#client.on('error', () => undefined);
    for (const [channel, place] of this.places) this.#read(channel, place);
  }

  /** Resolves when it first stands on all its channels. */
  start(): Promise<void> {
    this.#client.connect();
    return until(() => this.live && this.places.values().every(({ epoch }) => epoch !== ''));
  }

  get live(): boolean {
    return [...this.places.keys()].every((name) => this.#client.channel(name).state.status === 'subscribed');
  }

  reached(goals: ReadonlyMap<string, Position>): boolean {
    return (
      this.live &&
      this.places.entries().every(([channel, place]) => {
        const goal = goals.get(channel);
        return !goal || place.reached(goal);
      })
    );
  }

  offline(): void {
    this.#client.disconnect();
  }

  online(): void {
    this.#client.connect();
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #read(name: string, place: Place): void {
    const channel: Channel = this.#client.channel(name, {
      getState: async () => ({ data: await this.#options.snapshot(name) }),
    });
    channel.on('snapshot', ({ data }) => {
      const isFirst = place.epoch === '';
      if (!isFirst) this.told += 1;
      place.subscribed(channel.state.position ?? '', isFirst ? undefined : false);
      for (const key of data as readonly string[]) this.keys.add(key);
    });
    channel.subscribe((publication) => this.#take(place, publication));
  }

  #take(place: Place, { channel, id, position, data }: Publication): void {
    const { epoch = '', offset = 0 } = parsePosition(position) ?? {};
    const { isNew, inOrder } = place.take(offset);
    if (!isNew || !inOrder || epoch !== place.epoch) this.disordered += 1;
    if (!isNew) return;
    this.received += 1;
    this.#options.journal.note(channel, epoch, offset, id);
    const key = (data as { readonly key?: string } | null)?.key;
    if (key) this.keys.add(key);
  }
}
