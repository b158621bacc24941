import { migrate } from '../../src/db/migrate/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import type { Target } from '../statistics.ts';
import type { Trial } from '../trials.ts';
import { idleStatements } from './idle.ts';
import type { Crowd } from './messages.ts';
import { type CrowdSide, openOurs, openProcesses } from './sides.ts';

const most = (amount: number): Target => ({ kind: 'amount', most: amount });
const least = (amount: number): Target => ({ kind: 'least', least: amount });
const burst = { sockets: 300, perSocket: 100 };
/** A channel is closed five seconds after its last reader: known means known in the log, not still open. */
const closedAfterMs = 6_000;

/** The costs of crowds that raw Bun does not know: channels that are made by those who read them, and other processes. */
export const crowdTrials: readonly Trial[] = [
  {
    name: 'personal',
    title: '5,000 users, each subscribing its own personal channel, to 5,000 on one shared channel',
    measures: [
      { name: 'CPU time, channels that are new', unit: '×', target: most(1.15) },
      { name: 'time until all are ready, channels that are new', unit: '×', target: most(1.15) },
      { name: 'CPU time, channels that are known', unit: '×', target: most(1.15) },
      { name: 'time until all are ready, channels that are known', unit: '×', target: most(1.15) },
      { name: 'CPU time of a session on the shared channel', unit: 'µs' },
    ],
    async run(databaseUrl, rounds, scale) {
      await using side = await openOurs(databaseUrl);
      const sockets = Math.round(5_000 * scale);
      const enter = (firstChannel: number, personal?: true) =>
        entered(side, { sockets, channels: 1, perSocket: 1, firstChannel, ...(personal && { personal }) });
      await enter(1);
      return await inRounds(rounds, async (round) => {
        const shared = await enter(1);
        const fresh = await enter(100_000 + round, true);
        const again = await enter(1);
        await Bun.sleep(closedAfterMs);
        const known = await enter(100_000 + round, true);
        return [
          fresh.cpu / shared.cpu,
          fresh.seconds / shared.seconds,
          known.cpu / again.cpu,
          known.seconds / again.seconds,
          shared.cpu / sockets,
        ];
      });
    },
  },
  {
    name: 'many channels',
    title: '30,000 different channels by 300 sockets, each subscribing 100 in one burst',
    measures: [
      { name: 'time until all are subscribed, channels that are new', unit: 's', target: most(3) },
      { name: 'CPU time of a channel that is new', unit: 'µs', target: most(60) },
      { name: 'time until all are subscribed, channels that are known', unit: 's', target: most(3) },
      { name: 'CPU time of a channel that is known', unit: 'µs', target: most(60) },
      { name: 'memory of a live channel', unit: 'KB', target: most(2) },
    ],
    async run(databaseUrl, rounds, scale) {
      const sockets = Math.round(burst.sockets * scale);
      const channels = sockets * burst.perSocket;
      return await inRounds(Math.min(rounds, 5), async (round) => {
        // Memory that was once used is not given back, so every round has a server of its own.
        await using side = await openOurs(databaseUrl);
        const crowd = { sockets, channels, perSocket: burst.perSocket };
        await entered(side, { ...crowd, sockets: 1, firstChannel: 1_000 });
        await side.enter({ ...crowd, channels: burst.perSocket, firstChannel: 1_000 });
        const before = await side.memory();
        await side.leave();
        const firstChannel = 1_000_000 * (round + 1);
        const fresh = await side.enter({ ...crowd, firstChannel });
        const after = await side.memory();
        await side.leave();
        await Bun.sleep(closedAfterMs);
        const known = await entered(side, { ...crowd, firstChannel });
        return [
          fresh.seconds,
          fresh.cpu / channels,
          known.seconds,
          known.cpu / channels,
          (after.rss - before.rss) / 1_024 / (channels - burst.perSocket),
        ];
      });
    },
  },
  {
    name: 'hot',
    title: 'one hot channel, 30 callers of POST /api/realtime/publish: three processes to one',
    measures: [{ name: 'publications in a second', unit: '×', target: least(1) }],
    async run(databaseUrl, rounds, scale) {
      await using one = await openProcesses(databaseUrl, 1);
      await using three = await openProcesses(databaseUrl, 3);
      const publications = Math.round(6_000 * scale);
      const rate = async (side: CrowdSide) =>
        publications / (await side.call({ callers: 30, publications, channels: 1, readers: 0 })).seconds;
      for (const side of [one, three]) await rate(side);
      return await inRounds(rounds, async () => {
        const alone = await rate(one);
        return [(await rate(three)) / alone];
      });
    },
  },
  {
    name: 'idle',
    title: 'a process that serves nobody',
    measures: [
      { name: 'statements in a second, barangay', unit: '/s', target: most(1) },
      { name: 'statements in a second, school', unit: '/s', target: most(1) },
    ],
    async run(databaseUrl) {
      await migrate({ url: databaseUrl, domains: ['school'], log: createLogger('warn') });
      const counted = await Promise.all(
        ['barangay', 'school'].map((domain) => idleStatements(databaseUrl, domain)),
      );
      return counted.map((statements) => [statements]);
    },
  },
];

async function entered(side: CrowdSide, crowd: Crowd) {
  const cost = await side.enter(crowd);
  await side.leave();
  return cost;
}

async function inRounds(
  rounds: number,
  run: (round: number) => Promise<readonly number[]>,
): Promise<number[][]> {
  const columns: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, value] of (await run(round)).entries()) {
      const column = columns[index] ?? [];
      columns[index] = column;
      column.push(value);
    }
  }
  return columns;
}
