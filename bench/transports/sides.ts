import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onClientCores, onServerCore, spawnChild } from '../child.ts';
import type {
  CpuTime,
  Listening,
  Memory,
  ReadersRequest,
  ServerRequest,
  TransportName,
} from '../publications/messages.ts';

/** A server and the readers of one transport, each a process of its own. */
export interface TransportSide extends AsyncDisposable {
  enter(count: number): Promise<void>;
  leave(): Promise<void>;
  /** Publishes, all in one append or so many a second, and waits until all is delivered. */
  deliver(publications: number, perSecond?: number): Promise<void>;
  /** CPU time of the server so far, in microseconds. */
  cpu(): Promise<number>;
  memory(): Promise<Memory>;
}

export type OpenServer = (databaseUrl: string) => ReturnType<typeof spawnChild<ServerRequest>>;

export const openTambuli: OpenServer = (databaseUrl) =>
  spawnChild('servers/tambuli.ts', [databaseUrl], onServerCore);
export const openRawBun: OpenServer = () => spawnChild('servers/raw-bun.ts', [], onServerCore);
export const openRawSse: OpenServer = () => spawnChild('servers/raw-sse.ts', [], onServerCore);
export const openSocketIoOnBun: OpenServer = () => spawnChild('servers/stock-socket-io.ts', [], onServerCore);

/** Node runs neither TypeScript nor our import paths: it gets one file of everything. */
export async function bundleForNode(): Promise<AsyncDisposable & { readonly open: OpenServer }> {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-bench-node-'));
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, '../servers/stock-socket-io.ts')],
    target: 'node',
    outdir: directory,
    naming: 'server.mjs',
  });
  const program = outputs[0]?.path ?? '';
  return {
    open: () => spawnChild(program, [], onServerCore.with(-1, 'node').concat('--expose-gc')),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

export async function openTransportSide(
  open: OpenServer,
  transport: TransportName,
  databaseUrl: string,
): Promise<TransportSide> {
  const server = open(databaseUrl);
  const { port } = await server.next<Listening>();
  const readers = spawnChild<ReadersRequest>('client/readers.ts', [], onClientCores);
  let entered = 0;
  return {
    async enter(count) {
      entered += count;
      await readers.ask({ ask: 'enter', port, transport, count });
    },
    async leave() {
      entered = 0;
      await readers.ask({ ask: 'leave' });
    },
    async deliver(publications, perSecond) {
      const all = readers.ask({ ask: 'expect', items: publications * entered });
      await server.ask({ ask: 'broadcast', work: { publications, ...(perSecond && { perSecond }) } });
      await all;
    },
    async cpu() {
      const { user, system } = await server.ask<CpuTime>({ ask: 'cpu' });
      return user + system;
    },
    memory: () => server.ask<Memory>({ ask: 'memory' }),
    async [Symbol.asyncDispose]() {
      await readers[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
