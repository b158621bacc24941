import { row } from './publications/messages.ts';
import { type OwnSide, openCluster } from './publications/own-sides.ts';
import type { Target } from './statistics.ts';

/** Abilities of this server alone, for which raw Bun has nothing to compare. */
export interface Trial {
  readonly name: string;
  readonly title: string;
  readonly measures: readonly TrialMeasure[];
  /** Answers a list of numbers, one a round, for each measure. `databaseUrl`: migrated, with the demo rows. */
  run(databaseUrl: string, rounds: number, scale: number): Promise<readonly (readonly number[])[]>;
}

export interface TrialMeasure {
  readonly name: string;
  readonly unit: string;
  readonly target?: Target;
}

const hearing = { path: '/ws/broadcast/hearing', body: '{"hearingId":123,"eventType":"status_changed"}' };
const plain = { path: '/bench/publish', body: JSON.stringify({ channel: 1, data: row }) };
const callers = 100;
const atLeast = (least: number): Target => ({ kind: 'least', least });

export const trials: readonly Trial[] = [
  {
    name: 'durable',
    title: 'durable publications, each in Postgres when it is answered',
    measures: [
      {
        name: 'one process, 100 callers of POST /ws/broadcast/hearing, which reads the row too',
        unit: '/s',
        target: atLeast(8_000),
      },
      {
        name: 'one process, 100 callers of a route that publishes what it is given',
        unit: '/s',
        target: atLeast(8_000),
      },
      { name: 'three processes, 100 callers of POST /ws/broadcast/hearing', unit: '/s' },
      { name: 'three processes, 100 callers of a route that publishes what it is given', unit: '/s' },
      { name: 'in the process, 500 in one call after another', unit: '/s', target: atLeast(25_000) },
      { name: 'in the process, 100 callers of one each', unit: '/s' },
    ],
    async run(databaseUrl, rounds, scale) {
      const requests = Math.round(10_000 * scale);
      await using one = await openCluster(databaseUrl, 1);
      await using three = await openCluster(databaseUrl, 3);
      const post = (side: OwnSide, call: typeof plain) => side.post({ ...call, callers, requests });
      // Awaited here, as both sides end with this function.
      return await repeat(rounds, [
        () => post(one, hearing),
        () => post(one, plain),
        () => post(three, hearing),
        () => post(three, plain),
        () => one.append({ channel: 2, publications: 2 * requests, callers: 1, batch: 500 }),
        () => one.append({ channel: 2, publications: requests, callers, batch: 1 }),
      ]);
    },
  },
  {
    name: 'latency',
    title: 'publication by HTTP to its arrival at a client',
    measures: [
      { name: '500/s: commit to client, p50', unit: 'ms' },
      { name: '500/s: commit to client, p99', unit: 'ms', target: { kind: 'amount', most: 10 } },
      { name: '500/s: call to client, p50', unit: 'ms' },
      { name: '500/s: call to client, p99', unit: 'ms' },
      { name: 'most that 100 callers reach, for the next rows', unit: '/s' },
      { name: 'half of that: commit to client, p50', unit: 'ms' },
      { name: 'half of that: commit to client, p99', unit: 'ms' },
      { name: 'half of that: call to client, p50', unit: 'ms' },
      { name: 'half of that: call to client, p99', unit: 'ms' },
    ],
    async run(databaseUrl, rounds, scale) {
      await using side = await openCluster(databaseUrl, 1);
      const requests = Math.round(10_000 * scale);
      const most = async () => side.post({ ...plain, callers, requests });
      await most();
      await side.latency({ channel: 3, perSecond: 1_000, publications: 2_000 });
      const columns: number[][] = [];
      for (let round = 0; round < rounds; round++) {
        const maximum = await most();
        const calm = await side.latency({ channel: 3, perSecond: 500, publications: 1_500 * scale });
        const half = maximum / 2;
        const publications = Math.round(3 * half * scale);
        const busy = await side.latency({ channel: 3, perSecond: half, publications });
        columns.push([...calm, maximum, ...busy]);
      }
      return transpose(columns);
    },
  },
  {
    name: 'recovery',
    title: '10,000 sessions come back, 100 publications behind',
    measures: [
      { name: 'all connected and identified', unit: 's' },
      { name: 'from then on: all subscribed and caught up', unit: 's' },
      { name: 'publications sent again per second', unit: '/s' },
      { name: 'bytes sent again', unit: 'MB' },
      { name: 'reads of the log', unit: '' },
    ],
    async run(databaseUrl, rounds) {
      await using side = await openCluster(databaseUrl, 1);
      const columns: number[][] = [];
      for (let round = 0; round < Math.min(3, rounds); round++)
        columns.push(await recoverAll(side, 10 + round));
      return transpose(columns);
    },
  },
];

async function recoverAll(side: OwnSide, channel: number): Promise<number[]> {
  const [sessions, missed] = [10_000, 100];
  const one = { channel, callers: 1, batch: 1 };
  const since = await side.appendTo({ ...one, publications: 1 });
  await side.appendTo({ ...one, publications: missed });
  const before = await side.reads();
  const { connecting, seconds, bytes } = await side.recover({ sessions, channel, since, missed });
  const reads = (await side.reads()) - before;
  return [connecting, seconds, (sessions * missed) / seconds, bytes / 1_000_000, reads];
}

/** Each in turn, after a first time that does not count. */
async function repeat(rounds: number, works: readonly (() => Promise<number>)[]): Promise<number[][]> {
  const columns: number[][] = works.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      const result = await work();
      if (round >= 0) columns[index]?.push(result);
    }
  }
  return columns;
}

function transpose(rows: readonly (readonly number[])[]): number[][] {
  return (rows[0] ?? []).map((_, index) => rows.map((each) => each[index] ?? Number.NaN));
}
