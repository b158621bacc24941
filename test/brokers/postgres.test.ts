import { describe, expect, test } from 'bun:test';
import { openBroker } from '../../src/brokers/open.ts';
import { createPostgresBroker } from '../../src/brokers/postgres.ts';
import type { Query } from '../../src/db/connection/connection.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/logger.ts';
import type { ConnectBroker } from '../../src/realtime/ports/broker.ts';
import { type Bus, brokerContract, type Outage } from '../contracts/broker/broker.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { startNeonRelay } from '../support/postgres/neon-relay.ts';
import { startPgBouncer } from '../support/postgres/pgbouncer.ts';
import { createTestDatabase, startPostgres, type TestServer } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';
import { connectMember, createMember, publication } from '../support/services/bus.ts';
import { until } from '../support/until.ts';

interface Options {
  readonly url: string;
  readonly query: Query;
  readonly driver?: 'tcp' | 'neon';
  readonly lines?: string[];
  readonly pingMs?: number;
  readonly answerMs?: number;
}

/** The times in which a server that hangs is found, where a test waits for that; on a busy machine a sound one may be later. */
const soon = { pingMs: 300, answerMs: 700 };

const createId = () => Bun.randomUUIDv7();

/** By itself, with the times of the product. */
function postgresBroker(options: Options): ConnectBroker {
  const { url, query, driver = 'tcp', lines, pingMs = 5_000, answerMs = 3_000 } = options;
  const destination = { write: (line: string) => void lines?.push(line) };
  const log = lines ? createLogger('info', destination) : createLogger('silent');
  const times = { pingMs, answerMs };
  return createPostgresBroker({ listenUrl: url, driver, query, log, clock: systemClock, createId, ...times });
}

async function open(driver: 'tcp' | 'neon'): Promise<Bus> {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const { query } = stack.use(await openTestDatabase(url, { driver }));
  return {
    connect: postgresBroker({ url, query, driver }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The server of all outages of this file, with a database for each. One whose outage did not end is given up. */
let fragile: Promise<TestServer> | undefined;
let buses = 0;

async function openFragile(driver: 'tcp' | 'neon'): Promise<Bus> {
  fragile ??= startPostgres();
  const server = await fragile;
  const database = `bus_${++buses}`;
  {
    await using administrator = await openTestDatabase(server.url);
    await administrator.query(`create database ${database}`);
  }
  const stack = new AsyncDisposableStack();
  let isOut = false;
  stack.defer(async () => {
    if (!isOut) return;
    fragile = undefined;
    await server[Symbol.asyncDispose]();
  });
  const outage = (begin: () => Promise<void>, end: () => Promise<void>): Outage => ({
    async begin() {
      isOut = true;
      await begin();
    },
    async end() {
      await end();
      isOut = false;
    },
  });
  const relay = driver === 'neon' ? stack.use(startNeonRelay()) : undefined;
  const url = server.urlOf(database);
  const limits = { driver, queryTimeoutMs: 1_500, connectTimeoutMs: 1_500 };
  const { query } = stack.use(await openTestDatabase(url, limits));
  return {
    connect: postgresBroker({ url, query, driver, ...soon }),
    outages: {
      'Postgres stopped': outage(server.stop, server.start),
      'Postgres hung': outage(server.pause, server.resume),
      ...(relay && {
        'the relay stopped': { begin: relay.stop, end: async () => relay.start() },
      }),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

brokerContract({
  name: 'the Postgres bus over TCP',
  test,
  outages: ['Postgres stopped', 'Postgres hung'],
  open: () => open('tcp'),
  openFragile: () => openFragile('tcp'),
});

brokerContract({
  name: 'the Postgres bus over the Neon driver',
  test,
  outages: ['Postgres stopped', 'Postgres hung', 'the relay stopped'],
  open: () => open('neon'),
  openFragile: () => openFragile('neon'),
});

describe('the Postgres bus', () => {
  test('what is announced while a NOTIFY is under way goes out in one next statement, newest first heard', async () => {
    await using target = await createTestDatabase();
    await using database = await openTestDatabase(target.url);
    let statements = 0;
    const query: Query = (text, values) => {
      statements++;
      return database.query(text, values);
    };
    await using a = await connectMember(postgresBroker({ url: target.url, query }));
    await using b = await connectMember(postgresBroker({ url: target.url, query: database.query }));
    await b.joined('news', 'cases');
    for (let n = 1; n <= 10_000; n++) a.broker.announce([publication(n % 2 ? 'news' : 'cases', n)]);
    await Promise.all([b.hears(publication('news', 9_999)), b.hears(publication('cases', 10_000))]);
    expect(statements).toBe(1);
    expect(b.heard).toEqual(['news/9999', 'cases/10000']);
  });

  test('a connection that is killed comes back and tells the gap, once in the log', async () => {
    await using target = await createTestDatabase();
    await using database = await openTestDatabase(target.url);
    const { query } = database;
    const lines: string[] = [];
    // The loss itself is noticed, not only the ping that fails on it.
    const options = { url: target.url, query, pingMs: 60_000 };
    await using a = await connectMember(postgresBroker(options));
    await using b = await connectMember(postgresBroker({ ...options, lines }));
    await b.joined('news');
    expect(b.gaps).toBe(0);
    const gap = Promise.all([a.gap(), b.gap()]);
    const killed = await query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like 'listen %' and pid <> pg_backend_pid()`);
    expect(killed).toHaveLength(2);
    await gap;
    a.broker.announce([publication('news', 1)]);
    await b.hears(publication('news', 1));
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'listener is not connected to the database; notifications are missed until it is',
      'listening to the database again',
    ]);
    a.broker.signal('news', 'again');
    await b.hearsSignal('news', 'again');
  });

  needs('pgbouncer')(
    'where only a pooler is known it says so once, and still speaks to those who can listen',
    async () => {
      await using target = await createTestDatabase();
      await using pooler = await startPgBouncer(target.url, 'transaction');
      await using database = await openTestDatabase(target.url);
      const { query } = database;
      const lines: string[] = [];
      const { password } = new URL(pooler.url);
      const connectDeaf = await openBroker({
        kind: 'postgres',
        redisUrl: undefined,
        query,
        databaseUrl: pooler.url,
        databaseDriver: 'auto',
        log: createLogger('info', { write: (line) => void lines.push(line) }),
        clock: systemClock,
        createId,
      });
      await using deaf = createMember(connectDeaf);
      await using b = await connectMember(postgresBroker({ url: target.url, query }));
      await b.joined('news');
      await deaf.joined('news');
      deaf.broker.announce([publication('news', 1)]);
      deaf.broker.signal('news', 'said');
      await Promise.all([b.hears(publication('news', 1)), b.hearsSignal('news', 'said')]);
      deaf.broker.echo(publication('news', 2));
      await deaf.hears(publication('news', 2));
      expect(deaf.heard).toEqual(['news/2']);
      expect(deaf.broker.connected).toBe(false);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('DATABASE_URL_DIRECT');
      expect(lines[0]).not.toContain(`:${password}@`);
    },
  );

  test('announcements that fail are told once, and the broker is not connected until one succeeds', async () => {
    await using target = await createTestDatabase();
    await using database = await openTestDatabase(target.url);
    const lines: string[] = [];
    let broken = true;
    let failures = 0;
    const query: Query = async (text, values) => {
      if (!broken) return database.query(text, values);
      failures++;
      throw new Error('no connection');
    };
    await using a = await connectMember(postgresBroker({ url: target.url, query, lines }));
    await using b = await connectMember(postgresBroker({ url: target.url, query }));
    await b.joined('news');
    for (let n = 1; n <= 5; n++) {
      a.broker.announce([publication('news', n)]);
      await until(() => failures === n);
    }
    await until(() => !a.broker.connected);
    expect(lines).toHaveLength(1);
    broken = false;
    a.broker.announce([publication('news', 6)]);
    await b.hears(publication('news', 6));
    await until(() => a.broker.connected);
    expect(b.heard).toEqual(['news/6']);
  });

  test('a process that leaves the bus has no statement under way any more', async () => {
    await using target = await createTestDatabase();
    await using database = await openTestDatabase(target.url);
    let open = 0;
    const started = Promise.withResolvers<void>();
    const query: Query = async (text, values) => {
      open++;
      started.resolve();
      return database.query<never>(text, values).finally(() => void open--);
    };
    const a = await connectMember(postgresBroker({ url: target.url, query }));
    a.broker.announce([publication('news', 1)]);
    await started.promise;
    a.broker.announce([publication('news', 2)]);
    await a.broker[Symbol.asyncDispose]();
    expect(open).toBe(0);
  });

  test('what others NOTIFY on its channel is ignored', async () => {
    await using target = await createTestDatabase();
    await using database = await openTestDatabase(target.url);
    const { query } = database;
    await using a = await connectMember(postgresBroker({ url: target.url, query }));
    await using b = await connectMember(postgresBroker({ url: target.url, query }));
    await b.joined('news');
    const odd = ['', 'hello', '{}', '[]', 'null', '["x"]', '["x",[["news"]]]', '["x",[["news","e",1.5]]]'];
    odd.push('\n', '[\n', '[]\nhi', '["x"]\nhi', '["x",1]\nhi', '{"origin":"x","channel":"news"}\nhi');
    for (const payload of odd) await query(`select pg_notify('tambuli', $1)`, [payload]);
    a.broker.announce([publication('news', 1)]);
    await b.hears(publication('news', 1));
    expect([b.heard, b.signals]).toEqual([['news/1'], []]);
  });
});
