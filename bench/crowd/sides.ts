import { type Child, onClientCores, onServerCore, spawnChild } from '../child.ts';
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

/** Servers, and the processes with their clients, which are dealt out to them. What is measured of CPU time is that of all the servers. */
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

export const openOurs: OpenCrowdSide = (databaseUrl) =>
  openOne('servers/tambuli.ts', 'native', [databaseUrl]);
export const openRaw: OpenCrowdSide = () => openOne('servers/raw-bun.ts', 'native');
export const openStock: OpenCrowdSide = () => openOne('servers/stock-socket-io.ts', 'socket.io');

/** With cores of its own. */
function openOne(program: string, dialect: Dialect, parameters: readonly string[] = []): Promise<CrowdSide> {
  return openSide([spawnChild(program, parameters, onServerCore)], dialect, 1, onClientCores);
}

/**
 * Processes of ours; callers are dealt out to all. Sockets enter the first one, but with several processes of clients,
 * whose number divides that of the sockets, each of these enters another.
 */
export function openProcesses(databaseUrl: string, processes: number, clients = 1): Promise<CrowdSide> {
  const servers = Array.from({ length: processes }, () =>
    spawnChild<ServerRequest>('servers/tambuli.ts', [databaseUrl]),
  );
  return openSide(servers, 'native', clients);
}

async function openSide(
  servers: readonly Child<ServerRequest>[],
  dialect: Dialect,
  processes = 1,
  clientRuntime = ['bun'],
): Promise<CrowdSide> {
  const ports: number[] = [];
  for (const server of servers) ports.push((await server.next<Listening>()).port);
  const [first] = servers;
  if (!first) throw new Error('A side has one server at least.');
  const place = { port: ports[0] ?? 0, dialect };
  const spawnClient = () => spawnChild<CrowdRequest>('crowd/client.ts', [], clientRuntime);
  const client = spawnClient();
  const others = Array.from({ length: processes - 1 }, spawnClient);
  const clients = [client, ...others];
  async function costly<Seen>(work: () => Promise<Seen>): Promise<Costly<Seen>> {
    const before = await cpuOf(servers);
    const seen = await work();
    return { ...seen, cpu: (await cpuOf(servers)) - before };
  }
  return {
    enter: ({ sockets, firstSocket = 0, ...crowd }) =>
      costly(async () => {
        const share = sockets / clients.length;
        const entering = clients.map((each, index) =>
          each.ask<Done>({
            ask: 'enter',
            place: { ...place, port: ports[index % ports.length] ?? 0 },
            crowd: { ...crowd, sockets: share, firstSocket: firstSocket + index * share },
          }),
        );
        return together(await Promise.all(entering));
      }),
    churn: (work) => costly(() => client.ask<Churned>({ ask: 'churn', place, work })),
    call: (work) =>
      costly(async () => {
        const readers = work.readers / clients.length;
        const hearing = others.map((each) => each.ask({ ask: 'hear', frames: work.publications * readers }));
        const calling = client.ask<Done>({ ask: 'call', ports, work: { ...work, readers } });
        const [done] = await Promise.all([calling, ...hearing]);
        return done;
      }),
    sustain: (work) => client.ask<Sustained>({ ask: 'sustain', place, work }),
    async leave() {
      await Promise.all(clients.map((each) => each.ask({ ask: 'leave' })));
    },
    memory: () => first.ask<Memory>({ ask: 'memory' }),
    async [Symbol.asyncDispose]() {
      for (const child of [...clients, ...servers]) await child[Symbol.asyncDispose]();
    },
  };
}

function together(all: readonly Done[]): Done {
  return {
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    clientCpu: all.reduce((sum, { clientCpu }) => sum + clientCpu, 0),
  };
}

async function cpuOf(servers: readonly Child<ServerRequest>[]): Promise<number> {
  const times = await Promise.all(servers.map((server) => server.ask<CpuTime>({ ask: 'cpu' })));
  return times.reduce((sum, { user, system }) => sum + user + system, 0);
}
