import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './embedded-binaries.ts';
import { type Owner, unprivilegedUser } from './unprivileged.ts';

export interface ServerOptions {
  /** Absolute; holds the cluster and nothing else. */
  readonly directory: string;
  readonly port: number;
  readonly password: string;
  /** The paths of `initdb` and `postgres`. */
  readonly binaries: Binaries;
  /** `name=value` settings. */
  readonly settings?: readonly string[];
}

/** A running server that listens on 127.0.0.1 only. */
export interface PostgresServer {
  readonly pid: number;
  /** Ends sessions, writes everything down; resolves when the process is gone. */
  stop(): Promise<void>;
}

export const superuser = 'postgres';

export function serverUrl({ port, password }: { port: number; password: string }, database: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

/** Starts the cluster in `directory`, making it first when it is not there. */
export async function startServer(options: ServerOptions): Promise<PostgresServer> {
  const { directory, port, binaries, settings = [] } = options;
  const owner = unprivilegedUser();
  if (!(await exists(join(directory, 'PG_VERSION')))) await createCluster(options, owner);
  const all = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings];
  const flags = all.flatMap((setting) => ['-c', setting]);
  const pid = await serve(() => launch(binaries.postgres, ['-D', directory, ...flags], owner));
  return { pid, stop: () => stopServer(directory, pid) };
}

/**
 * The pid of the server once it accepts connections. After a kill -9 of the last one its children end a moment later,
 * and until then Postgres refuses to start over their shared memory.
 */
async function serve(start: () => ChildProcess): Promise<number> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const child = start();
    try {
      await ready(child);
      // It lives on its own; neither its log nor its end keeps this process alive.
      child.unref();
      return child.pid ?? 0;
    } catch (error) {
      if (Date.now() > deadline || !String(error).includes('shared memory block')) throw error;
      await Bun.sleep(50);
    }
  }
}

/**
 * The process that serves `directory`, or undefined. A pid file left by a crash is removed: its pid may be anyone's.
 */
export async function runningServer(directory: string): Promise<number | undefined> {
  const pidFile = join(directory, 'postmaster.pid');
  if (!(await exists(pidFile))) return undefined;
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  if (isServing(pid, directory)) return pid;
  await rm(pidFile, { force: true });
  return undefined;
}

export async function stopServer(directory: string, pid: number): Promise<void> {
  for (let waits = 0; isServing(pid, directory); waits++) {
    // SIGINT is a fast shutdown: it ends sessions instead of waiting for them. Again every second: a server that is
    // just starting may miss the first. After ten, SIGQUIT: it ends at once and recovers at the next start.
    if (waits % 100 === 0) process.kill(pid, waits < 1_000 ? 'SIGINT' : 'SIGQUIT');
    await Bun.sleep(10);
  }
}

async function createCluster(options: ServerOptions, owner: Owner | undefined): Promise<void> {
  const { directory, password, binaries } = options;
  // The remains of a killed initdb would stop the next one.
  await rm(directory, { recursive: true, force: true });
  // In two steps: a mode given to a recursive mkdir is that of every directory it makes.
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory, { mode: 0o700 });
  const passwordFile = `${directory}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (owner) for (const path of [directory, passwordFile]) await chown(path, owner.uid, owner.gid);
    const flags = ['--encoding=UTF8', '--auth=scram-sha-256', '--no-sync', ...binaries.initdbFlags];
    const files = [`--pgdata=${directory}`, `--pwfile=${passwordFile}`];
    const child = launch(binaries.initdb, [...files, `--username=${superuser}`, ...flags], owner);
    await succeeded(child, directory);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function launch(binary: string, parameters: string[], owner: Owner | undefined): ChildProcess {
  // `detached`: Ctrl-C in a terminal goes to the whole process group, and would end the database before our sessions
  // are drained. English messages, because readiness is read from them.
  return spawn(binary, parameters, {
    ...owner,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { LC_ALL: 'C', TZ: 'UTC' },
  });
}

/** Resolves when the server accepts connections, rejects with its last words when it ends instead. */
async function ready(child: ChildProcess): Promise<void> {
  let log = '';
  const outcome = Promise.withResolvers<void>();
  child.once('error', outcome.reject);
  child.once('exit', () => outcome.reject(new Error(`Postgres did not start:\n${log.slice(-2_000)}`)));
  child.stdout?.resume();
  const listen = (chunk: Buffer) => {
    log += chunk.toString();
    if (log.includes('ready to accept connections')) outcome.resolve();
  };
  child.stderr?.on('data', listen);
  await outcome.promise;
  child.stderr?.off('data', listen).resume();
}

async function succeeded(child: ChildProcess, directory: string): Promise<void> {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += chunk));
  const [code] = await once(child, 'exit').catch((cause) => {
    throw new Error(
      `Postgres could not be run in ${directory}: the user it runs as must be able to enter it.`,
      { cause },
    );
  });
  if (code !== 0) throw new Error(`initdb failed in ${directory}:\n${log.slice(-2_000)}`);
}

/** Pids are used again, so the command line must name the directory too. */
function isServing(pid: number, directory: string): boolean {
  if (!(pid > 1)) return false;
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(directory);
    } catch {
      return false;
    }
  }
  return Bun.spawnSync(['ps', '-o', 'command=', '-p', String(pid)])
    .stdout.toString()
    .includes(directory);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
