import { seededRandom } from '../../test/support/random.ts';
import { Crowd, type CrowdVerdict } from './clients/crowd.ts';
import type { Subscriber } from './clients/subscriber.ts';
import { percentile } from './percentile.ts';
import { Cluster } from './processes/cluster.ts';

export interface JitterOptions {
  readonly clients: number;
  readonly seconds: number;
  readonly channels: number;
  readonly perSecond: number;
  readonly seed: number;
  /** Mean time between two cuts of one client, and mean length of a cut; milliseconds. */
  readonly everyMs: number;
  readonly awayMs: number;
}

export interface JitterReport extends CrowdVerdict {
  readonly options: JitterOptions;
  readonly cuts: number;
  /** Milliseconds from the attempt to reconnect until caught up. */
  readonly replay: { readonly p50: number; readonly p99: number; readonly longest: number };
}

/** The jitter test of the field: every client is cut at random, again and again, while publications flow. */
export async function runJitter(options: JitterOptions): Promise<JitterReport> {
  const { clients, channels, perSecond, seconds, seed, everyMs, awayMs } = options;
  const random = seededRandom(seed);
  await using cluster = await Cluster.start({ title: 'jitter', processes: 1, broker: 'memory' });
  await using crowd = await Crowd.gather(cluster, { clients, channels, perSecond, random });
  const around = (mean: number) => mean * (0.5 + random());
  const timers = new Map<Subscriber, Timer>();
  let cuts = 0;
  const cutSoon = (client: Subscriber, waitMs: number) => {
    const timer = setTimeout(() => {
      cuts += 1;
      const away = around(awayMs);
      client.cut(away);
      cutSoon(client, away + around(everyMs));
    }, waitMs);
    timers.set(client, timer);
  };
  for (const client of crowd.clients) cutSoon(client, everyMs * random());
  await Bun.sleep(seconds * 1_000);
  for (const timer of timers.values()) clearTimeout(timer);
  const verdict = await crowd.settle();
  const replay = {
    p50: percentile(crowd.replays, 0.5),
    p99: percentile(crowd.replays, 0.99),
    longest: percentile(crowd.replays, 1),
  };
  return { ...verdict, options, cuts, replay };
}

export function describeJitter({ options, cuts, replay, ...verdict }: JitterReport): string {
  const { clients, seconds, everyMs, awayMs, perSecond, seed } = options;
  return [
    `${clients} clients for ${seconds} s, each cut every ${everyMs / 1_000} s for ${awayMs / 1_000} s (seed ${seed}), ${perSecond} publications/s:`,
    `${cuts} cuts; ${verdict.publications} publications, ${verdict.received} of ${verdict.owed} deliveries,`,
    `lost ${verdict.lost}, out of order ${verdict.disordered}, told ${verdict.told}, repeated ${verdict.repeated};`,
    `replay p50 ${replay.p50.toFixed(1)} ms, p99 ${Math.round(replay.p99)} ms, longest ${Math.round(replay.longest)} ms`,
  ].join(' ');
}
