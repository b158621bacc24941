import { type Child, spawnChild } from '../child.ts';
import type { CpuTime, Done, Listening, Memory, ServerRequest } from '../publications/messages.ts';
import type {
  CallWork,
  Churned,
  ChurnWork,
  Costly,
  Crowd,
  CrowdRequest,
  Dialect,
  Sustained,
  SustainWork,
} from './messages.ts';

/** Servers, and the process with their clients. What is measured of CPU time is that of all the servers. */
export interface CrowdSide extends AsyncDisposable {
  enter(crowd: Crowd): Promise<Costly<Done>>;
  churn(work: ChurnWork): Promise<Costly<Churned>>;
  call(work: CallWork): Promise<Costly<Done>>;
  sustain(work: SustainWork): Promise<Sustained>;
  leave(): Promise<void>;
  /** Measures the first server. */
  memory(): Promise<Memory>;
}

export type OpenCrowdSide = (databaseUrl: string) => Promise<CrowdSide>;

export const openOurs: OpenCrowdSide = (databaseUrl) => openProcesses(databaseUrl, 1);
export const openRaw: OpenCrowdSide = () => openSide([spawnChild('servers/raw-bun.ts')], 'native');
export const openStock: OpenCrowdSide = () =>
  openSide([spawnChild('servers/stock-socket-io.ts')], 'socket.io');

/** Processes of ours; sockets enter the first, callers are dealt out to all. */
export function openProcesses(databaseUrl: string, processes: number): Promise<CrowdSide> {
  const servers = Array.from({ length: processes }, () =>
    spawnChild<ServerRequest>('servers/tambuli.ts', [databaseUrl]),
  );
  return openSide(servers, 'native');
}

async function openSide(servers: readonly Child<ServerRequest>[], dialect: Dialect): Promise<CrowdSide> {
  const ports: number[] = [];
  for (const server of servers) ports.push((await server.next<Listening>()).port);
  const [first] = servers;
  if (!first) throw new Error('A side has one server at least.');
  const place = { port: ports[0] ?? 0, dialect };
  const client = spawnChild<CrowdRequest>('crowd/client.ts');
  async function costly<Seen>(request: CrowdRequest): Promise<Costly<Seen>> {
    const before = await cpuOf(servers);
    const seen = await client.ask<Seen>(request);
    return { ...seen, cpu: (await cpuOf(servers)) - before };
  }
  return {
    enter: (crowd) => costly<Done>({ ask: 'enter', place, crowd }),
    churn: (work) => costly<Churned>({ ask: 'churn', place, work }),
    call: (work) => costly<Done>({ ask: 'call', ports, work }),
    sustain: (work) => client.ask<Sustained>({ ask: 'sustain', place, work }),
    async leave() {
      await client.ask({ ask: 'leave' });
    },
    memory: () => first.ask<Memory>({ ask: 'memory' }),
    async [Symbol.asyncDispose]() {
      for (const child of [client, ...servers]) await child[Symbol.asyncDispose]();
    },
  };
}

async function cpuOf(servers: readonly Child<ServerRequest>[]): Promise<number> {
  const times = await Promise.all(servers.map((server) => server.ask<CpuTime>({ ask: 'cpu' })));
  return times.reduce((sum, { user, system }) => sum + user + system, 0);
}
