import { type Child, onClientCores, onServerCore, spawnChild } from './child.ts';
import type {
  Audience,
  ClientRequest,
  CpuTime,
  Done,
  Listening,
  Memory,
  PublishWork,
  ServerRequest,
} from './publications/messages.ts';

/** The cost of work for the server: microseconds of its CPU, and what `Done` says. */
export type Cost = CpuTime & Done;

/** A server and its clients, each a process of its own with cores of its own. */
export interface Side extends AsyncDisposable {
  connect(audience: Audience, publishers: number): Promise<void>;
  publish(work: PublishWork): Promise<Cost>;
  ping(pings: number): Promise<Cost>;
  disconnect(): Promise<void>;
  memory(): Promise<Memory>;
}

export type OpenSide = () => Promise<Side>;

export const openRawBun: OpenSide = () => openSide('servers/raw-bun.ts', []);

/** The same with one insert before each delivery. */
export function openRawBunThatStores(databaseUrl: string): OpenSide {
  return () => openSide('servers/raw-bun.ts', [databaseUrl]);
}

/** `databaseUrl`: a migrated database. */
export function openTambuli(databaseUrl: string): OpenSide {
  return () => openSide('servers/tambuli.ts', [databaseUrl]);
}

async function openSide(program: string, parameters: readonly string[]): Promise<Side> {
  const server = spawnChild<ServerRequest>(program, parameters, onServerCore);
  const { port } = await server.next<Listening>();
  const client = spawnChild<ClientRequest>('client/index.ts', [], onClientCores);
  return {
    async connect(audience, publishers) {
      await client.ask<Done>({ ask: 'connect', port, audience, publishers });
    },
    publish: (work) => costOf(server, () => client.ask<Done>({ ask: 'publish', work })),
    ping: (pings) => costOf(server, () => client.ask<Done>({ ask: 'ping', pings })),
    async disconnect() {
      await client.ask({ ask: 'disconnect' });
    },
    memory: () => server.ask<Memory>({ ask: 'memory' }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function costOf(server: Child<ServerRequest>, work: () => Promise<Done>): Promise<Cost> {
  const before = await server.ask<CpuTime>({ ask: 'cpu' });
  const { seconds, clientCpu } = await work();
  const after = await server.ask<CpuTime>({ ask: 'cpu' });
  return { seconds, clientCpu, user: after.user - before.user, system: after.system - before.system };
}
