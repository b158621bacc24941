import { type Random, seededRandom } from '../../test/support/random.ts';
import { until } from '../../test/support/until.ts';
import { persistently } from './clients/persistently.ts';
import {
  httpChannel,
  type PublisherKind,
  type PublisherOptions,
  PublisherRecord,
  publishFrames,
  publishHttp,
  publishSql,
} from './clients/publishers.ts';
import { SdkReader } from './clients/sdk/sdk-reader.ts';
import { Subscriber } from './clients/subscriber.ts';
import { Journal, logHeads } from './journal.ts';
import { type Balancer, startBalancer } from './processes/balancer.ts';
import type { Cluster } from './processes/cluster.ts';
import { type Examined, examine, type Verdict } from './verdict.ts';

/** A reader by sockets alone, or the client of this repository. */
export type CellReader = Examined &
  Disposable &
  Pick<Subscriber, 'name' | 'live' | 'reached' | 'offline' | 'online' | 'snapshots'>;

/** The parts that a fault may break. */
export interface Scene {
  readonly cluster: Cluster;
  readonly readers: readonly CellReader[];
  readonly record: PublisherRecord;
  readonly channels: readonly string[];
  readonly random: Random;
  /** One more reader, behind a balancer of its own that leads to the first process. */
  addReader(channels: readonly string[]): Promise<{ reader: Subscriber; balancer: Balancer }>;
  /** Resolves when so many more publications of each kind have been acknowledged. */
  published(more: number, kinds?: readonly PublisherKind[]): Promise<void>;
  /** Resolves when these readers, or all, have everything that is committed now. */
  caughtUp(readers?: readonly CellReader[]): Promise<void>;
}

export interface Fault {
  readonly title: string;
  /** Without Redis the fault cannot be. */
  readonly needs?: 'postgres' | 'redis';
  /** Readers may be told that a range is gone, and at least one has to be. */
  readonly tells?: true;
  /** Resolves when the fault is over. Rejects when it did not take place. */
  inflict(scene: Scene): Promise<void>;
}

export interface Outcome extends Verdict {
  readonly publications: number;
  /** From the end of the fault until publications of all kinds are taken and every reader has all there are. */
  readonly healMs: number;
}

/** Beside one of the client of this repository for each transport. */
const readersPerCell = 6;
const healLimitMs = 60_000;
const allKinds: readonly PublisherKind[] = ['frame', 'http', 'sql'];

/** One fault on one deployment, under publications of all kinds. Rejects when it does not heal. */
export async function runCell(cluster: Cluster, fault: Fault, name: string, seed: number): Promise<Outcome> {
  await cluster.ready();
  const { database, balancer } = cluster;
  const random = seededRandom(seed);
  const journal = new Journal();
  const record = new PublisherRecord();
  const own = ['a', 'b', 'c'].map((letter) => `open:${name}-${letter}`);
  const channels = [...own, httpChannel];
  const readers: CellReader[] = [];
  await using opened = new AsyncDisposableStack();
  const addReader = async (wanted: readonly string[], address: string) => {
    const options = { address: () => address, channels: wanted, random, journal };
    const reader = opened.use(
      new Subscriber({ ...options, name: `${name}-${readers.length}`, snapshot: entriesOf(cluster) }),
    );
    readers.push(reader);
    await reader.start();
    return reader;
  };
  for (const transport of ['websocket', 'sse', 'poll'] as const) {
    const { address } = balancer;
    const options = { address, channels, transport, journal, snapshot: entriesOf(cluster) };
    const reader = opened.use(new SdkReader({ ...options, name: `${name}-sdk-${transport}` }));
    readers.push(reader);
    await reader.start();
  }
  for (let n = 0; n < readersPerCell; n++) await addReader(channels, balancer.address);

  const stopping = new AbortController();
  const publisher = (publish: (options: PublisherOptions) => Promise<void>, n: number) =>
    publish({
      ...{ name: `${name}-p${n}`, address: balancer.address, channels: own, database, record, random },
      signal: stopping.signal,
    });
  const publishing = [publishFrames, publishFrames, publishHttp, publishSql, publishSql].map(publisher);
  const published = async (more: number, kinds = allKinds) => {
    const goals = kinds.map((kind) => ({ kind, goal: record.count(kind) + more }));
    await until(() => goals.every(({ kind, goal }) => record.count(kind) >= goal), healLimitMs);
  };
  const scene: Scene = {
    ...{ cluster, readers, record, channels: own, random, published },
    caughtUp: (some = readers) => caughtUp(cluster, some),
    async addReader(wanted) {
      const way = opened.use(await startBalancer());
      way.route(cluster.instances.slice(0, 1).map(({ port }) => port));
      return { reader: await addReader(wanted, way.address), balancer: way };
    },
  };

  try {
    await published(5);
    await fault.inflict(scene);
    const over = performance.now();
    await published(1);
    if (fault.tells) await until(() => readers.some(({ told }) => told > 0), healLimitMs);
    await caughtUp(cluster, readers);
    const healMs = performance.now() - over;
    await published(5);
    stopping.abort();
    await Promise.all(publishing);
    await caughtUp(cluster, readers);
    await cluster.ready();
    await Promise.all(readers.flatMap(({ snapshots }) => snapshots));
    const verdict = await examine(database, readers, record, journal, fault.tells === true);
    return { ...verdict, healMs };
  } finally {
    stopping.abort();
    await Promise.allSettled(publishing);
  }
}

/** Resolves when every reader has what is committed now, what waits in the outbox included. */
async function caughtUp({ database }: Cluster, readers: readonly CellReader[]): Promise<void> {
  const channels = [...new Set(readers.flatMap((reader) => [...reader.places.keys()]))];
  const ask = <Row extends object>(text: string, values: unknown[] = []) =>
    persistently(() => database.query<Row>(text, values));
  const [row] = await ask<{ last: string | null }>('select max(id) as last from realtime_outbox');
  const isLeft = 'select 1 from realtime_outbox where id <= $1 limit 1';
  await until(async () => (await ask(isLeft, [row?.last ?? 0])).length === 0, healLimitMs);
  const heads = await persistently(() => logHeads(database, channels));
  const behind = () => readers.filter((reader) => !reader.reached(heads));
  await until(() => behind().length === 0, healLimitMs).catch(() => {
    const places = behind().map((reader) => `${reader.name} ${JSON.stringify([...reader.places])}`);
    throw new Error(
      `Not healed within ${healLimitMs} ms. The log: ${JSON.stringify([...heads])}\n${places.join('\n')}`,
    );
  });
}

/** The state a real client would fetch from the application's own routes. */
function entriesOf({ database }: Cluster): (channel: string) => Promise<readonly string[]> {
  return async (channel) => {
    const rows = await database.query<{ key: string }>('select key from chaos_entries where channel = $1', [
      channel,
    ]);
    return rows.map(({ key }) => key);
  };
}
