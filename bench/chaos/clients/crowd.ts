import { type Position, parsePosition } from '../../../src/protocol/wire/position.ts';
import type { Random } from '../../../test/support/random.ts';
import { until } from '../../../test/support/until.ts';
import { committed, Journal, logHeads } from '../journal.ts';
import type { Cluster } from '../processes/cluster.ts';
import { FrameConnection } from './frame-connection.ts';
import { Subscriber, type SubscriberOptions } from './subscriber.ts';

export interface CrowdOptions {
  readonly clients: number;
  /** Each client subscribes to two of them. */
  readonly channels: number;
  /** Each client subscribes to its own channel too, which nobody publishes on. */
  readonly personal?: boolean;
  /** Publications over all channels. */
  readonly perSecond: number;
  readonly random: Random;
  readonly hooks?: Pick<SubscriberOptions, 'onLost'>;
  /** A client that was lost is back and has everything acknowledged before it came. */
  readonly onReturn?: (client: Subscriber) => void;
}

/** The fate of everything published to the crowd. */
export interface CrowdVerdict {
  readonly publications: number;
  readonly failedPublications: number;
  /** The publications that all clients together had to receive, and those that they did receive. */
  readonly owed: number;
  readonly received: number;
  readonly lost: number;
  readonly disordered: number;
  readonly repeated: number;
  readonly told: number;
}

const togetherAtFirst = 100;
const settleLimitMs = 60_000;

/** Many clients straight on one process (no balancer, which would cost more than the process), and what they hear. */
export class Crowd implements AsyncDisposable {
  readonly clients: Subscriber[] = [];
  /** Milliseconds from each first attempt to come back until everything acknowledged before it was there. */
  readonly replays: number[] = [];
  readonly #cluster: Cluster;
  readonly #options: CrowdOptions;
  readonly #channels: readonly string[];
  readonly #journal = new Journal();
  /** The offset up to which publishers know each channel. */
  readonly #heads = new Map<string, Position>();
  readonly #returning = new Map<Subscriber, { readonly at: number; readonly goals: Map<string, Position> }>();
  readonly #stopping = new AbortController();
  #publishing: Promise<void> = Promise.resolve();
  #failed = 0;
  #port = 0;

  private constructor(cluster: Cluster, options: CrowdOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#channels = Array.from({ length: options.channels }, (_, n) => `open:crowd-${n}`);
  }

  /** Resolves when all clients are subscribed and publications flow. */
  static async gather(cluster: Cluster, options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(cluster, options);
    for (let from = 0; from < options.clients; from += togetherAtFirst) {
      const group = Array.from({ length: Math.min(togetherAtFirst, options.clients - from) }, (_, n) =>
        crowd.#join(from + n),
      );
      await Promise.all(group);
    }
    crowd.#publishing = crowd.#publish();
    return crowd;
  }

  /** Ends the publications, waits until every client has them all, and compares with the log. */
  async settle(): Promise<CrowdVerdict> {
    this.#stopping.abort();
    await this.#publishing;
    const { database } = this.#cluster;
    const isWaiting = 'select 1 from realtime_outbox limit 1';
    await until(async () => (await database.query(isWaiting)).length === 0, settleLimitMs);
    const heads = await logHeads(database, this.#channels);
    await until(() => this.clients.every((client) => client.reached(heads)), settleLimitMs).catch(
      () => undefined,
    );
    const truth = await committed(database, this.#channels);
    this.#journal.verify(truth);
    const sum = (of: (client: Subscriber) => number) =>
      this.clients.reduce((all, client) => all + of(client), 0);
    const perChannel = Map.groupBy(truth, ({ channel }) => channel);
    const ofClient = (client: Subscriber) =>
      [...client.places].flatMap(([channel]) => perChannel.get(channel) ?? []);
    return {
      publications: truth.length,
      failedPublications: this.#failed,
      owed: sum((client) => ofClient(client).length),
      received: sum((client) => client.received),
      lost: sum(
        (client) =>
          ofClient(client).filter((each) => !client.places.get(each.channel)?.accounts(each)).length,
      ),
      disordered: sum((client) => client.disordered) + this.#journal.mismatched,
      repeated: sum((client) => client.repeated),
      told: sum((client) => client.told),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    for (const client of this.clients) client[Symbol.dispose]();
    await this.#publishing;
  }

  #join(n: number): Promise<void> {
    const { random, hooks, personal } = this.#options;
    const shared = [0, 1].map((step) => this.#channels[(n + step) % this.#channels.length] ?? '');
    const channels = personal ? ['own', ...shared] : shared;
    const client = new Subscriber({
      ...{
        ...hooks,
        name: `crowd-${n}`,
        channels,
        random,
        journal: this.#journal,
        address: () => this.#address,
      },
      onConnecting: (each) => this.#leave(each),
      onSubscribed: (each) => this.#checkReturn(each),
      onPublication: (each) => this.#checkReturn(each),
    });
    this.clients.push(client);
    return client.start();
  }

  /** The port of the last process that was there: before the next one is, it refuses. */
  get #address(): string {
    this.#port = this.#cluster.instances.at(-1)?.port ?? this.#port;
    return `127.0.0.1:${this.#port}`;
  }

  #leave(client: Subscriber): void {
    const isFirst = client.places.values().every((place) => place.since === undefined);
    if (isFirst || this.#returning.has(client)) return;
    const goals = new Map(
      [...client.places.keys()].flatMap((name) => {
        const head = this.#heads.get(name);
        return head ? [[name, head]] : [];
      }),
    );
    this.#returning.set(client, { at: performance.now(), goals });
  }

  #checkReturn(client: Subscriber): void {
    const back = this.#returning.get(client);
    if (!back || !client.reached(back.goals)) return;
    this.#returning.delete(client);
    this.replays.push(performance.now() - back.at);
    this.#options.onReturn?.(client);
  }

  async #publish(): Promise<void> {
    await Promise.all([this.#publishFrames(), this.#publishRows()]);
  }

  async #publishFrames(): Promise<void> {
    let connection = new FrameConnection(this.#address, 'crowd-publisher');
    const underWay = new Set<Promise<void>>();
    await this.#paced(() => {
      if (connection.address !== this.#address) {
        connection[Symbol.dispose]();
        connection = new FrameConnection(this.#address, 'crowd-publisher');
      }
      const publishing = this.#publishFrame(connection).finally(() => underWay.delete(publishing));
      underWay.add(publishing);
    });
    await Promise.all(underWay);
    connection[Symbol.dispose]();
  }

  async #publishFrame(connection: FrameConnection): Promise<void> {
    const channel = this.#anyChannel();
    try {
      const position = parsePosition(await connection.publish(channel, null));
      if (position) this.#reaches(channel, position);
    } catch {
      this.#failed += 1;
    }
  }

  /** Transactions go on without the process, so that every client that is away misses something. */
  async #publishRows(): Promise<void> {
    const { database } = this.#cluster;
    await this.#paced(async () => {
      await database.query(`select realtime_publish($1, 'crowd', null, null)`, [this.#anyChannel()]);
      const heads = await logHeads(database, this.#channels);
      for (const [channel, head] of heads) this.#reaches(channel, head);
    });
  }

  /** Each of the two kinds of publishers has half of the publications. */
  async #paced(publishOne: () => void | Promise<void>): Promise<void> {
    const perSecond = this.#options.perSecond / 2;
    const begin = performance.now();
    for (let sent = 0; !this.#stopping.signal.aborted; ) {
      const due = ((performance.now() - begin) / 1_000) * perSecond;
      for (; sent < due; sent++) await publishOne();
      await Bun.sleep(10);
    }
  }

  #anyChannel(): string {
    return this.#channels[Math.floor(this.#options.random() * this.#channels.length)] ?? '';
  }

  #reaches(channel: string, head: Position): void {
    if (head.offset > (this.#heads.get(channel)?.offset ?? 0)) this.#heads.set(channel, head);
  }
}
