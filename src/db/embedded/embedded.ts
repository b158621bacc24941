import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '../../logger.ts';
import { embeddedBinaries } from './embedded-binaries.ts';
import { type PostgresServer, runningServer, serverUrl, startServer, stopServer } from './postgres-server.ts';
import { publicTwin } from './unprivileged.ts';

/** The development database: a whole Postgres below a directory, there as long as somebody uses it. */
export interface EmbeddedDatabase extends AsyncDisposable {
  readonly url: string;
}

interface Options {
  /** Absolute path, `.data` of the project; made when it is not there. */
  readonly directory: string;
  readonly log: Logger;
}

/** Kept beside the cluster, so that its address stays the same from start to start. */
interface Identity {
  readonly port: number;
  readonly password: string;
}

/**
 * Starts the server, or joins the one that runs: a second process with the same directory shares it and leaves it
 * running, and a server whose process was killed is taken over.
 */
export async function openEmbedded({ directory, log }: Options): Promise<EmbeddedDatabase> {
  const cluster = clusterOf(directory);
  await mkdir(directory, { recursive: true });
  const running = await runningServer(cluster);
  const identity = await identityOf(directory, running !== undefined);
  const url = serverUrl(identity, 'postgres');
  if (running && (await ownerOf(directory))) {
    log.info({ directory }, 'joined the embedded database of another process');
    return { url, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const server = running
    ? adopt(cluster, running)
    : await startServer({ directory: cluster, ...identity, binaries: await embeddedBinaries() });
  await writeWhole(join(directory, 'owner.pid'), String(process.pid));
  log.info(
    { directory, port: identity.port },
    running ? 'took over the embedded database' : 'embedded database started',
  );
  return { url, [Symbol.asyncDispose]: server.stop };
}

/** The pid of the process or server that uses the directory, if any: what is in use must not be removed. */
export async function embeddedUser(directory: string): Promise<number | undefined> {
  const running = await runningServer(clusterOf(directory));
  return running && ((await ownerOf(directory)) ?? undefined);
}

/** Removes everything, and stops a server that nobody owns any more. Ask `embeddedUser` first. */
export async function removeEmbedded(directory: string): Promise<void> {
  const cluster = clusterOf(directory);
  const running = await runningServer(cluster);
  if (running) await stopServer(cluster, running);
  for (const path of [cluster, directory]) await rm(path, { recursive: true, force: true });
}

const clusterOf = (directory: string) => publicTwin(join(directory, 'postgres'));

function adopt(cluster: string, pid: number): PostgresServer {
  return { pid, stop: () => stopServer(cluster, pid) };
}

/** The living process that started the server and will stop it. */
async function ownerOf(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'owner.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 && pid !== process.pid && isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process, but a living one.
    return (error as { code?: string }).code === 'EPERM';
  }
}

async function identityOf(directory: string, running: boolean): Promise<Identity> {
  const file = join(directory, 'embedded.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const known: Identity | undefined = text === undefined ? undefined : JSON.parse(text);
  if (known && (running || (await listenOn(known.port).catch(() => 0)))) return known;
  // The password is in the cluster; the port may have been taken by another program since.
  const identity = { port: await listenOn(0), password: known?.password ?? crypto.randomUUID() };
  await writeWhole(file, JSON.stringify(identity));
  return identity;
}

/** A process killed in the middle leaves the old file or the new one, never half of it. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Takes the port, 0 for any, for a moment; returns its number. */
export function listenOn(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
