import { spawnChild } from '../child.ts';
import type {
  AppendDone,
  AppendWork,
  ClientRequest,
  Done,
  Latencies,
  LatencyWork,
  Listening,
  PostWork,
  Reads,
  Recovered,
  RecoverWork,
  ServerRequest,
} from './messages.ts';

/** Servers of ours on one database, and their clients: each a process of its own. */
export interface OwnSide extends AsyncDisposable {
  /** Answers requests a second; the callers are spread over the servers. */
  post(work: PostWork): Promise<number>;
  /** Publishes in the first server; returns publications a second. */
  append(work: AppendWork): Promise<number>;
  /** The same; returns the position of the last publication. */
  appendTo(work: AppendWork): Promise<string>;
  /** Measures the first server in milliseconds: since the commit p50, p99, since the call p50, p99. */
  latency(work: LatencyWork): Promise<readonly number[]>;
  recover(work: RecoverWork): Promise<Recovered>;
  /** The rate at which the first server reads publications from the log. */
  reads(): Promise<number>;
}

export async function openCluster(databaseUrl: string, processes: number): Promise<OwnSide> {
  const servers = Array.from({ length: processes }, () =>
    spawnChild<ServerRequest>('servers/tambuli.ts', [databaseUrl]),
  );
  const ports: number[] = [];
  for (const server of servers) ports.push((await server.next<Listening>()).port);
  const client = spawnChild<ClientRequest>('client/index.ts');
  const [server] = servers;
  const [port] = ports;
  if (!server || port === undefined) throw new Error('A cluster has one process at least.');
  const append = (work: AppendWork) => server.ask<AppendDone>({ ask: 'append', work });
  return {
    async post(work) {
      const { seconds } = await client.ask<Done>({ ask: 'post', ports, work });
      return work.requests / seconds;
    },
    async append(work) {
      return work.publications / (await append(work)).seconds;
    },
    appendTo: async (work) => (await append(work)).position,
    async latency(work) {
      const { sinceCommit, sinceCall } = await client.ask<Latencies>({ ask: 'latency', port, work });
      return [sinceCommit.p50, sinceCommit.p99, sinceCall.p50, sinceCall.p99];
    },
    recover: (work) => client.ask<Recovered>({ ask: 'recover', port, work }),
    reads: async () => (await server.ask<Reads>({ ask: 'reads' })).reads,
    async [Symbol.asyncDispose]() {
      for (const child of [client, ...servers]) await child[Symbol.asyncDispose]();
    },
  };
}
