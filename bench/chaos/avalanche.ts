import { seededRandom } from '../../test/support/random.ts';
import { until } from '../../test/support/until.ts';
import { Crowd, type CrowdVerdict } from './clients/crowd.ts';
import type { Subscriber } from './clients/subscriber.ts';
import { percentile } from './percentile.ts';
import { Cluster } from './processes/cluster.ts';
import type { Statements } from './processes/server.ts';

export interface AvalancheOptions {
  readonly sessions: number;
  readonly channels: number;
  readonly perSecond: number;
  readonly seed: number;
  /** `deploy`: a new process, then SIGTERM to the old one. `kill`: kill -9, and only then a new one is started. */
  readonly by: 'deploy' | 'kill';
}

export interface AvalancheReport extends CrowdVerdict {
  readonly options: AvalancheOptions;
  /** Milliseconds from the first lost connection until a session was back and caught up. */
  readonly back: { readonly p50: number; readonly p95: number; readonly longest: number };
  /** Statements of the new process from its start until the last session was back. */
  readonly statements: Statements;
}

const limitMs = 60_000;
/** Publications that flow before the process is replaced, so that everybody has something to remember. */
const before = 30;

/** All sessions of a process come to its replacement at once. */
export async function runAvalanche(options: AvalancheOptions): Promise<AvalancheReport> {
  const { sessions, channels, perSecond, seed, by } = options;
  const lost = new Set<Subscriber>();
  const back = new Map<Subscriber, number>();
  let begin = 0;
  await using cluster = await Cluster.start({ title: 'avalanche', processes: 1, broker: 'memory' });
  await using crowd = await Crowd.gather(cluster, {
    ...{ clients: sessions, channels, personal: true, perSecond, random: seededRandom(seed) },
    hooks: {
      onLost(client) {
        if (lost.size === 0) begin = performance.now();
        lost.add(client);
      },
    },
    onReturn: (client) => back.set(client, performance.now()),
  });
  const received = () => crowd.clients.reduce((sum, client) => sum + client.received, 0);
  await until(() => received() >= (before * sessions) / channels, limitMs);
  if (by === 'kill') cluster.instances[0]?.kill('SIGKILL');
  else await cluster.deploy();
  await until(() => back.size === sessions, limitMs);
  const [instance] = cluster.instances;
  if (!instance) throw new Error('No process took over.');
  const statements = await instance.statements();
  const verdict = await crowd.settle();
  const times = [...back.values()].map((at) => at - begin);
  const summary = {
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    longest: percentile(times, 1),
  };
  return { ...verdict, options, statements, back: summary };
}

export function describeAvalanche({ options, back, statements, ...verdict }: AvalancheReport): string {
  const { sessions, channels, by, seed } = options;
  return [
    `${sessions} sessions × (their own channel and 2 of ${channels}), ${by === 'kill' ? 'kill -9' : 'deploy with overlap'} (seed ${seed}):`,
    `back and caught up p50 ${Math.round(back.p50)} ms, p95 ${Math.round(back.p95)} ms, all ${Math.round(back.longest)} ms;`,
    `${statements.reads} reads of the log in ${statements.all} statements;`,
    `${verdict.received} of ${verdict.owed} deliveries, lost ${verdict.lost}, out of order ${verdict.disordered}, told ${verdict.told}`,
  ].join(' ');
}
