import { readdir, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runningServer, stopServer } from '../../../src/db/embedded/postgres-server.ts';
import { isAlive, signal } from './signal.ts';

const memory = '/dev/shm';
/** The bytes that a run may need at its peak, several times over. */
const neededBytes = 3 * 2 ** 30;
const prefix = 'tambuli-test-';

/** The directory of test clusters: in memory where there is enough of it, because a new database there costs a tenth. */
export async function clusterPlace(): Promise<{ readonly directory: string; readonly inMemory: boolean }> {
  const room = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return room < neededBytes
    ? { directory: tmpdir(), inMemory: false }
    : { directory: memory, inMemory: true };
}

/** The beginning of the names of the directories that belong to a process, and go when it is gone. */
export function ownedBy(pid: number): string {
  return `${prefix}${pid}-`;
}

/** Stops and removes the servers of test runs that were killed. */
export async function sweepServers(): Promise<void> {
  for (const parent of new Set([tmpdir(), memory])) {
    for (const name of await readdir(parent).catch(() => [])) {
      const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
      if (!pid || isAlive(pid)) continue;
      const directory = join(parent, name, 'cluster');
      const running = await runningServer(directory);
      if (running) {
        // A run that was killed may have left it stopped, deaf to every other signal.
        await signalFamily(running, 'SIGCONT');
        await stopServer(directory, running);
      }
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

/** Signals a server, then the processes of its sessions, which it can no longer fork when the signal has frozen it. */
export async function signalFamily(pid: number, name: NodeJS.Signals): Promise<void> {
  signal(pid, name);
  for (const child of await childrenOf(pid)) signal(child, name);
}

async function childrenOf(pid: number): Promise<number[]> {
  if (process.platform !== 'linux') {
    const children = Bun.spawnSync(['pgrep', '-P', String(pid)]).stdout.toString();
    return children.split(/\s+/).map(Number).filter(Boolean);
  }
  // `ps` is missing on small systems. After the name in brackets come the state and the parent.
  const all = (await readdir('/proc')).map(Number).filter(Boolean);
  const stats = await Promise.all(all.map((each) => readFile(`/proc/${each}/stat`, 'utf8').catch(() => '')));
  const isChild = (stat = '') => stat.slice(stat.lastIndexOf(')')).split(' ')[2] === String(pid);
  return all.filter((_, index) => isChild(stats[index]));
}
