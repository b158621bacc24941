import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { listenOn } from '../../src/db/embedded.ts';
import { type Binaries, embeddedBinaries } from '../../src/db/embedded-binaries.ts';
import { migrate } from '../../src/db/migrate.ts';
import { runningServer, serverUrl, startServer, stopServer } from '../../src/db/postgres-server.ts';
import { createLogger } from '../../src/logger.ts';

/** A server of a test's own, to be stopped and hung; address and data stay the same from start to start. */
export interface TestServer extends AsyncDisposable {
  /** The address of its database `postgres`. */
  readonly url: string;
  urlOf(database: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Freezes every process of the server (SIGSTOP): connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const prefix = 'tambuli-test-';
const password = 'test';

export async function startPostgres(options: { binaries?: Binaries } = {}): Promise<TestServer> {
  const binaries = options.binaries ?? (await embeddedBinaries());
  const parent = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  // Run by root, the server runs as somebody else, who has to get in.
  await chmod(parent, 0o711);
  const directory = join(parent, 'cluster');
  const port = await listenOn(0);
  const settings = ['fsync=off', 'max_connections=300', 'full_page_writes=off'];
  const start = () => startServer({ directory, port, password, binaries, settings });
  let server = await start();
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await family(server.pid)) process.kill(pid, name);
  };
  const remove = async () => {
    // A test that failed while the server was frozen must not freeze the run.
    await signal('SIGCONT');
    await server.stop();
    servers.delete(remove);
    await rm(parent, { recursive: true, force: true });
  };
  servers.add(remove);
  return {
    url: serverUrl({ port, password }, 'postgres'),
    urlOf: (database) => serverUrl({ port, password }, database),
    async start() {
      server = await start();
    },
    stop: () => server.stop(),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    [Symbol.asyncDispose]: remove,
  };
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A migrated database nobody else uses, cloned from a template in some 20 ms. */
export async function createTestDatabase({
  domains = [],
}: {
  domains?: readonly string[];
} = {}): Promise<TestDatabase> {
  shared ??= startPostgres();
  const server = await shared;
  const key = domains.join('_') || 'bare';
  const template = templates.get(key) ?? createTemplate(server, `template_${key}`, domains);
  templates.set(key, template);
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await administer(server, `create database ${name} template ${await template}`);
  return {
    url: server.urlOf(name),
    [Symbol.asyncDispose]: () => administer(server, `drop database ${name} with (force)`),
  };
}

/** A database without a single table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  shared ??= startPostgres();
  const server = await shared;
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await administer(server, `create database ${name}`);
  return {
    url: server.urlOf(name),
    [Symbol.asyncDispose]: () => administer(server, `drop database ${name} with (force)`),
  };
}

/** Stops what is still running, however the tests went. */
export async function stopAllServers(): Promise<void> {
  await Promise.all([...servers].map((remove) => remove()));
  shared = undefined;
  templates.clear();
}

/** Stops and removes servers of test runs that were killed. */
export async function sweepServers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const directory = join(tmpdir(), name, 'cluster');
    const running = await runningServer(directory);
    if (running) {
      // A run that was killed may have left it stopped, deaf to every other signal.
      for (const member of await family(running)) process.kill(member, 'SIGCONT');
      await stopServer(directory, running);
    }
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

const servers = new Set<() => Promise<void>>();
const templates = new Map<string, Promise<string>>();
let shared: Promise<TestServer> | undefined;

async function createTemplate(server: TestServer, name: string, domains: readonly string[]): Promise<string> {
  await administer(server, `create database ${name}`);
  await migrate({ url: server.urlOf(name), domains, log: createLogger('silent') });
  return name;
}

async function administer(server: TestServer, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The server and its sessions, each a process. */
async function family(pid: number): Promise<number[]> {
  if (process.platform !== 'linux') {
    const children = Bun.spawnSync(['pgrep', '-P', String(pid)]).stdout.toString();
    return [pid, ...children.split(/\s+/).map(Number).filter(Boolean)];
  }
  // `ps` is missing on small systems. After the name in brackets come the state and the parent.
  const all = (await readdir('/proc')).map(Number).filter(Boolean);
  const stats = await Promise.all(all.map((each) => readFile(`/proc/${each}/stat`, 'utf8').catch(() => '')));
  const isChild = (stat = '') => stat.slice(stat.lastIndexOf(')')).split(' ')[2] === String(pid);
  return [pid, ...all.filter((_, index) => isChild(stats[index]))].filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
