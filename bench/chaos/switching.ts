import type { Env } from '../../src/config/config.ts';
import { type Random, seededRandom } from '../../test/support/random.ts';
import { until } from '../../test/support/until.ts';
import { Hopper } from './clients/hopper.ts';
import { legs } from './clients/legs.ts';
import {
  httpChannel,
  PublisherRecord,
  publishFrames,
  publishHttp,
  publishSql,
} from './clients/publishers.ts';
import { Journal, logHeads } from './journal.ts';
import { type Balancer, startBalancer } from './processes/balancer.ts';
import { Cluster } from './processes/cluster.ts';
import type { Instance } from './processes/instance.ts';
import { examine, type Verdict } from './verdict.ts';

export interface SwitchingOptions {
  readonly clients: number;
  /** The moves of all clients together: after a third of them a process is killed, after two thirds all are deployed anew. */
  readonly moves: number;
  readonly seed: number;
}

export interface SwitchingReport extends Verdict {
  readonly options: SwitchingOptions;
  /** Moves, by the transport they led to. */
  readonly moves: Readonly<Record<string, number>>;
  /** Ordered pairs of transports between which somebody moved. */
  readonly pairs: number;
  readonly cuts: number;
  readonly received: number;
  readonly seconds: number;
  /** The attempts to move that failed. */
  readonly failures: readonly string[];
}

const million = '1000000';
const manyRequests: Env = {
  LIMIT_REQUESTS_PER_MINUTE: million,
  LIMIT_SOCKETS_PER_USER: million,
  LIMIT_STREAMS_PER_USER: million,
};
const open = ['a', 'b', 'c'].map((letter) => `open:switch-${letter}`);
const personal = 'own';
/** Mean time between two cuts, in milliseconds. */
const cutEveryMs = 600;
const limitMs = 60_000;

/**
 * Clients that change from transport to transport, and from process to process, under publications of all kinds, while
 * connections are cut, one process is killed, and then all are deployed anew.
 */
export async function runSwitching(options: SwitchingOptions): Promise<SwitchingReport> {
  const { clients, moves, seed } = options;
  const random = seededRandom(seed);
  await using cluster = await Cluster.start(
    { title: 'switching', processes: 2, broker: 'postgres' },
    manyRequests,
  );
  await using relays = new Relays(cluster, random);
  const [journal, record] = [new Journal(), new PublisherRecord()];
  const hoppers = Array.from({ length: clients }, (_, n) => {
    const channels = [personal, httpChannel, ...open.filter((_, index) => index !== n % 3)];
    const address = () => relays.anyAddress();
    return new Hopper({ name: `switch-${n}`, channels, personal, random, journal, address });
  });
  const running = Promise.all(hoppers.map((hopper) => hopper.run()));
  await Promise.all(hoppers.map(({ standing }) => standing));
  const begin = performance.now();
  const stopping = new AbortController();
  const { database, balancer } = cluster;
  const common = { address: balancer.address, database, record, random, signal: stopping.signal };
  const everywhere = [...open, ...hoppers.map(({ name }) => `${personal}:${name}`)];
  const publishing = Promise.all([
    publishFrames({ ...common, name: 'frames', channels: open }),
    publishHttp({ ...common, name: 'http', channels: [] }),
    publishSql({ ...common, name: 'sql-1', channels: everywhere }),
    publishSql({ ...common, name: 'sql-2', channels: everywhere }),
  ]);
  try {
    const cutting = relays.cutUntil(stopping.signal);
    const moved = (share: number) =>
      until(() => hoppers.reduce((sum, hopper) => sum + hopper.moves.length, 0) >= moves * share, limitMs);
    await moved(1 / 3);
    cluster.instances[0]?.kill('SIGKILL');
    await moved(2 / 3);
    await cluster.ready();
    await cluster.deploy();
    await moved(1);
    const seconds = (performance.now() - begin) / 1_000;
    stopping.abort();
    await publishing;
    const cuts = await cutting;
    await caughtUp(cluster, hoppers);
    for (const hopper of hoppers) hopper.stop();
    await running;
    const verdict = await examine(database, hoppers, record, journal, false);
    return { ...verdict, ...summary(hoppers), options, cuts, seconds };
  } finally {
    stopping.abort();
    for (const hopper of hoppers) hopper.stop();
    await Promise.allSettled([publishing, running]);
  }
}

export function describeSwitching({ options, moves, ...report }: SwitchingReport): string {
  const total = Object.values(moves).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(moves).map(([name, count]) => `${name} ${count}`);
  return [
    `${options.clients} clients (seed ${options.seed}): ${total} moves in ${Math.round(report.seconds)} s (${each.join(', ')}) over`,
    `${report.pairs} pairs of transports, ${report.cuts} cuts, ${report.failures.length} attempts failed;`,
    `${report.publications} publications, ${report.received} deliveries, lost ${report.lost},`,
    `out of order ${report.disordered}, told ${report.told}, repeated and dropped ${report.repeated}`,
  ].join(' ');
}

/** A way to each process of its own, so that it can be cut, and a client of several requests stays with its process. */
class Relays implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #byInstance = new Map<Instance, Promise<Balancer>>();

  constructor(cluster: Cluster, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
  }

  async anyAddress(): Promise<string> {
    await until(() => this.#cluster.instances.length > 0);
    const { instances } = this.#cluster;
    const instance = instances[Math.floor(this.#random() * instances.length)];
    if (!instance) throw new Error('No process is running.');
    const relay = this.#byInstance.get(instance) ?? start(instance);
    this.#byInstance.set(instance, relay);
    return (await relay).address;
  }

  /** Cuts all connections to one process, again and again. Answers how often. */
  async cutUntil(signal: AbortSignal): Promise<number> {
    let cuts = 0;
    for (; !signal.aborted; cuts++) {
      await Bun.sleep(cutEveryMs * (0.5 + this.#random()));
      const relays = await Promise.all(this.#byInstance.values());
      const relay = relays[Math.floor(this.#random() * relays.length)];
      relay?.open(false);
      relay?.open(true);
    }
    return cuts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const relay of this.#byInstance.values()) await (await relay)[Symbol.asyncDispose]();
  }
}

async function start({ port }: Instance): Promise<Balancer> {
  const relay = await startBalancer();
  relay.route([port]);
  return relay;
}

/** Resolves when every client has what is committed now, what waits in the outbox included. */
async function caughtUp({ database }: Cluster, hoppers: readonly Hopper[]): Promise<void> {
  const waiting = 'select from realtime_outbox limit 1';
  await until(async () => (await database.query(waiting)).length === 0, limitMs);
  const channels = [...new Set(hoppers.flatMap(({ places }) => [...places.keys()]))];
  const heads = await logHeads(database, channels);
  // A client that does not get there has lost something, and the verdict says what.
  await until(() => hoppers.every((hopper) => hopper.reached(heads)), limitMs).catch(() => undefined);
}

function summary(hoppers: readonly Hopper[]) {
  const all = hoppers.flatMap(({ moves }) => moves);
  return {
    moves: Object.fromEntries(
      Object.keys(legs).map((leg) => [leg, all.filter(([, to]) => to === leg).length]),
    ),
    pairs: new Set(all.map(String)).size,
    received: hoppers.reduce((sum, { received }) => sum + received, 0),
    failures: hoppers.flatMap(({ failures }) => failures),
  };
}
