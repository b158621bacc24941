import type { Env } from '../../../src/config/config.ts';
import type { Database } from '../../../src/db/connection/open.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { seedBarangay } from '../../../src/domains/barangay/seed.ts';
import { createLogger } from '../../../src/logger.ts';
import { startRedis, type TestRedis } from '../../../test/support/network/redis.ts';
import { openTestDatabase } from '../../../test/support/postgres/database.ts';
import { startPostgres, type TestServer } from '../../../test/support/postgres/postgres.ts';
import { until } from '../../../test/support/until.ts';
import { chaosTables } from '../journal.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { type Instance, startInstance } from './instance.ts';

/** The deployment of the product. */
export interface Topology {
  readonly title: string;
  readonly processes: number;
  readonly broker: 'memory' | 'postgres' | 'redis';
}

export const topologies = [
  { title: 'one process', processes: 1, broker: 'memory' },
  { title: 'three, Postgres', processes: 3, broker: 'postgres' },
  { title: 'three, Redis', processes: 3, broker: 'redis' },
] as const satisfies readonly Topology[];

/** Short enough that a database which hangs for three seconds is noticed. */
const databaseLimits: Env = { QUERY_TIMEOUT_MS: '2000', CONNECT_TIMEOUT_MS: '2000' };
const startLimitMs = 30_000;

/** Processes behind a balancer, with servers of their own. A process that ends unasked is started again at once. */
export class Cluster implements AsyncDisposable {
  readonly topology: Topology;
  readonly server: TestServer;
  readonly redis: TestRedis | undefined;
  /** The test's own connections. */
  readonly database: Database;
  readonly balancer: Balancer;
  readonly #env: Env;
  readonly #opened: AsyncDisposableStack;
  readonly #retired = new Set<Instance>();
  /** Starts of processes under way. */
  readonly #starting = new Set<Promise<unknown>>();
  #instances: readonly Instance[] = [];
  #started = 0;
  #ended = false;

  private constructor(
    parts: Pick<Cluster, 'topology' | 'server' | 'redis' | 'database' | 'balancer'>,
    env: Env,
    opened: AsyncDisposableStack,
  ) {
    this.topology = parts.topology;
    this.server = parts.server;
    this.redis = parts.redis;
    this.database = parts.database;
    this.balancer = parts.balancer;
    this.#env = env;
    this.#opened = opened;
  }

  static async start(topology: Topology, env: Env = {}): Promise<Cluster> {
    await using opened = new AsyncDisposableStack();
    const server = opened.use(await startPostgres());
    const redis = topology.broker === 'redis' ? opened.use(await startRedis()) : undefined;
    await migrate({ url: server.url, domains: ['barangay'], log: createLogger('silent') });
    const database = opened.use(await openTestDatabase(server.url));
    await seedBarangay(database.db);
    for (const table of chaosTables) await database.query(table);
    const balancer = opened.use(await startBalancer());
    const own = {
      BROKER: topology.broker,
      ...(redis && { REDIS_URL: redis.url }),
      ...databaseLimits,
      ...env,
    };
    const cluster = new Cluster({ topology, server, redis, database, balancer }, own, opened.move());
    try {
      cluster.#serve(await cluster.#launch(topology.processes));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get instances(): readonly Instance[] {
    return this.#instances;
  }

  /** Resolves when every process is there. */
  async ready(): Promise<void> {
    await until(() => this.#instances.length === this.topology.processes, startLimitMs);
  }

  /** Deploys as hosts do: the new processes are ready, then connections go to them, then the old ones are asked to end. */
  async deploy(): Promise<void> {
    const old = this.#instances;
    const next = await this.#launch(old.length);
    for (const instance of old) this.#retired.add(instance);
    this.#instances = [];
    this.#serve(next);
    for (const instance of old) instance.kill('SIGTERM');
    const codes = await Promise.all(old.map(({ exited }) => exited));
    if (codes.some((code) => code !== 0)) throw new Error(`Replaced processes ended with ${codes}.`);
  }

  /** The log of all processes that still live. */
  output(): string {
    return this.#instances.map((instance) => `${instance.name}:\n${instance.output()}`).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#instances.map((instance) => instance[Symbol.asyncDispose]()));
    await this.#opened.disposeAsync();
  }

  async #launch(count: number): Promise<Instance[]> {
    const launching = Promise.all(
      Array.from({ length: count }, () =>
        startInstance(`chaos-${++this.#started}`, this.server.url, this.#env),
      ),
    );
    this.#starting.add(launching);
    try {
      return await launching;
    } finally {
      this.#starting.delete(launching);
    }
  }

  #serve(instances: readonly Instance[]): void {
    this.#instances = [...this.#instances, ...instances];
    this.balancer.route(this.#instances.map(({ port }) => port));
    for (const instance of instances) void instance.exited.then(() => this.#replace(instance));
  }

  async #replace(lost: Instance): Promise<void> {
    if (this.#ended || this.#retired.has(lost)) return;
    this.#instances = this.#instances.filter((instance) => instance !== lost);
    this.balancer.route(this.#instances.map(({ port }) => port));
    const replacing = await this.#launch(1);
    if (this.#ended) for (const instance of replacing) await instance[Symbol.asyncDispose]();
    else this.#serve(replacing);
  }
}
