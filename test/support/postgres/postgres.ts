import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Binaries, embeddedBinaries } from '../../../src/db/embedded/embedded-binaries.ts';
import { serverUrl, startServer } from '../../../src/db/embedded/postgres-server.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { createLogger } from '../../../src/logger.ts';
import { freePort } from '../network/free-port.ts';
import { clusterPlace, ownedBy, signalFamily } from '../processes/cluster-place.ts';

/** A server of a test's own, to be stopped and hung; address and data stay the same from start to start. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** The address of its database `postgres`. */
  readonly url: string;
  urlOf(database: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Freezes every process of the server (SIGSTOP): connections stay open and nothing replies. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const password = 'test';
/** Nothing outlives a crash of the machine, unless a server is durable. */
const unsafe = ['fsync=off', 'full_page_writes=off'];
const common = ['max_connections=300', 'max_wal_size=256MB'];

interface PostgresOptions {
  readonly binaries?: Binaries;
  /** Writes commits to the disk, as a server in production does. */
  readonly durable?: boolean;
}

export async function startPostgres({
  durable = false,
  ...options
}: PostgresOptions = {}): Promise<TestServer> {
  const binaries = options.binaries ?? (await embeddedBinaries());
  const place = durable ? tmpdir() : (await clusterPlace()).directory;
  const settings = durable ? common : [...unsafe, ...common];
  const parent = await mkdtemp(join(place, ownedBy(process.pid)));
  // Run by root, the server runs as somebody else, who has to get in.
  await chmod(parent, 0o711);
  const directory = join(parent, 'cluster');
  const port = await freePort();
  const start = () => startServer({ directory, port, password, binaries, settings });
  let server = await start();
  const remove = async () => {
    // A test that failed while the server was frozen must not freeze the run.
    await signalFamily(server.pid, 'SIGCONT');
    await server.stop();
    servers.delete(remove);
    await rm(parent, { recursive: true, force: true });
  };
  servers.add(remove);
  return {
    port,
    url: serverUrl({ port, password }, 'postgres'),
    urlOf: (database) => serverUrl({ port, password }, database),
    async start() {
      server = await start();
    },
    stop: () => server.stop(),
    pause: () => signalFamily(server.pid, 'SIGSTOP'),
    resume: () => signalFamily(server.pid, 'SIGCONT'),
    [Symbol.asyncDispose]: remove,
  };
}

/** The ports of the servers of the runner, one for each worker, with commas between them. */
export const portsVariable = 'TAMBULI_TEST_POSTGRES_PORTS';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A migrated database nobody else uses, cloned from a template in some 20 ms. */
export async function createTestDatabase({
  domains = [],
}: {
  domains?: readonly string[];
} = {}): Promise<TestDatabase> {
  shared ??= sharedServer();
  const server = await shared;
  const name = `template_${domains.join('_') || 'bare'}`;
  const template = templates.get(name) ?? createTemplate(server, name, domains);
  templates.set(name, template);
  await template;
  return createDatabase(server, `template ${name} ${server.cloning}`);
}

/** A database without a single table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  shared ??= sharedServer();
  return createDatabase(await shared, '');
}

/** Stops what is still running, however the tests went. */
export async function stopAllServers(): Promise<void> {
  await Promise.all([...servers].map((remove) => remove()));
  shared = undefined;
  templates.clear();
}

const servers = new Set<() => Promise<void>>();
const templates = new Map<string, Promise<void>>();
let shared: Promise<SharedServer> | undefined;

interface SharedServer {
  readonly url: string;
  urlOf(database: string): string;
  /** The fastest way to copy a template: in memory without the way through the write-ahead log. */
  readonly cloning: string;
}

/** The server of the tests that need no server of their own: that of their worker, or one of this process. */
async function sharedServer(): Promise<SharedServer> {
  const cloning = (await clusterPlace()).inMemory ? 'strategy file_copy' : '';
  const ports = process.env[portsVariable]?.split(',') ?? [];
  if (ports.length === 0) return { ...(await startPostgres()), cloning };
  const port = Number(ports[Number(process.env['BUN_TEST_WORKER_ID'] ?? 0) % ports.length]);
  const urlOf = (database: string) => serverUrl({ port, password }, database);
  return { url: urlOf('postgres'), urlOf, cloning };
}

async function createDatabase(server: SharedServer, options: string): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await administer(server, `create database ${name} ${options}`);
  return {
    url: server.urlOf(name),
    async [Symbol.asyncDispose]() {
      await administer(server, `drop database ${name} with (force)`);
    },
  };
}

/** Another file of the worker may have made it. Under its final name it has all its tables. */
async function createTemplate(server: SharedServer, name: string, domains: readonly string[]): Promise<void> {
  const [existing] = await administer(server, `select 1 from pg_database where datname = '${name}'`);
  if (existing) return;
  const unfinished = `unfinished_${name}`;
  await administer(server, `drop database if exists ${unfinished} with (force)`);
  await administer(server, `create database ${unfinished}`);
  await migrate({ url: server.urlOf(unfinished), domains, log: createLogger('silent') });
  await administer(server, `alter database ${unfinished} rename to ${name}`);
}

async function administer(server: SharedServer, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
