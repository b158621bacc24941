import type { Target } from '../statistics.ts';
import type { CrowdSide, OpenCrowdSide } from './sides.ts';
import { openOurs, openRaw, openStock } from './sides.ts';

/** A load that raw Bun and stock socket.io carry too. */
export interface CrowdLoad {
  readonly name: string;
  readonly title: string;
  readonly measures: readonly CrowdMeasure[];
  /** Makes a side ready, and returns what runs one round on it: a number for each measure. */
  prepare(side: CrowdSide, scale: number): Promise<() => Promise<readonly number[]>>;
}

export interface CrowdMeasure {
  readonly name: string;
  readonly unit: string;
  /** The largest ratio to raw Bun, or the largest figure of ours alone. */
  readonly target?: Target | { readonly kind: 'share'; readonly least: number };
}

/** The results of one load: for each measure a list of numbers, one a round. */
export interface CrowdResult {
  readonly load: CrowdLoad;
  readonly ours: readonly (readonly number[])[];
  readonly raw: readonly (readonly number[])[];
  readonly stock: readonly (readonly number[])[];
}

const ratio = (most: number): Target => ({ kind: 'ratio', most });
/** A rate is sustained while so many of a hundred deliveries arrive within so many milliseconds. */
const patienceMs = 50;
/** Publications a second to a thousand readers: the least rate from which it is doubled until it is too much. */
const leastRate = 50;
const halvings = 3;
const readers = 1_000;

export const crowdLoads: readonly CrowdLoad[] = [
  {
    name: 'http',
    title: '1,000 channels × 10 subscribers, closed loop over 8 callers of POST /api/realtime/publish',
    measures: [
      { name: 'CPU time per publication', unit: 'µs', target: ratio(1.6) },
      { name: 'publications in a second', unit: '/s' },
    ],
    async prepare(side, scale) {
      await side.enter({ sockets: 10_000, channels: 1_000, perSocket: 1 });
      const publications = 1_000 * Math.max(1, Math.round(6 * scale));
      const round = async () => {
        const { cpu, seconds } = await side.call({ callers: 8, publications, channels: 1_000, readers: 10 });
        return [cpu / publications, publications / seconds];
      };
      for (let warming = 0; warming < 2; warming++) await round();
      return round;
    },
  },
  {
    name: 'sustained',
    title:
      '1,000 subscribers, publications over HTTP at an even rate, the better of two attempts at each rate',
    measures: [
      {
        name: `most deliveries in a second of which 99 of 100 arrive within ${patienceMs} ms`,
        unit: '/s',
        target: { kind: 'share', least: 0.6 },
      },
    ],
    async prepare(side, scale) {
      const attempt = async (perSecond: number) => {
        await side.enter({ sockets: readers, channels: 1, perSocket: 1 });
        const publications = Math.round(perSecond * scale);
        const { keepsUp } = await side.sustain({ perSecond, publications, withinMs: patienceMs });
        await side.leave();
        return keepsUp;
      };
      // Twice, as one stall of the machine or of its disk is no property of a rate.
      const keepsUp = async (perSecond: number) => (await attempt(perSecond)) || attempt(perSecond);
      await keepsUp(leastRate);
      let most = leastRate;
      return async () => {
        // A round begins well below the last one's rate: what keeps up there needs no look.
        most = await mostOf(keepsUp, Math.max(leastRate, most / 4));
        return [readers * most];
      };
    },
  },
  {
    name: 'connecting',
    title: 'sockets that connect, identify a user each, and subscribe to one channel, 64 at once',
    measures: [
      { name: 'CPU time of each', unit: 'µs', target: ratio(2.2) },
      { name: 'ready in a second', unit: '/s' },
    ],
    async prepare(side, scale) {
      const sockets = Math.round(4_000 * scale);
      const round = async () => {
        const { cpu, seconds } = await side.enter({ sockets, channels: 1, perSocket: 1 });
        await side.leave();
        return [cpu / sockets, sockets / seconds];
      };
      await round();
      return round;
    },
  },
  {
    name: 'churn',
    title: 'sockets that connect, subscribe and close, 1,000 a second',
    measures: [
      { name: 'CPU time of each', unit: 'µs', target: ratio(2.2) },
      { name: 'connect to subscribed, p50', unit: 'ms', target: { kind: 'amount', most: 1 } },
      { name: 'connect to subscribed, p99', unit: 'ms' },
    ],
    async prepare(side, scale) {
      const sockets = Math.round(3_000 * scale);
      const round = async () => {
        const { cpu, ready } = await side.churn({ sockets, perSecond: 1_000 });
        return [cpu / sockets, ready.p50, ready.p99];
      };
      await round();
      return round;
    },
  },
];

/** The three servers in turn, round by round. */
export async function runCrowdLoad(
  load: CrowdLoad,
  databaseUrl: string,
  rounds: number,
  scale: number,
): Promise<CrowdResult> {
  await using opened = new AsyncDisposableStack();
  const run = async (open: OpenCrowdSide) => load.prepare(opened.use(await open(databaseUrl)), scale);
  const sides = [await run(openOurs), await run(openRaw), await run(openStock)];
  const columns = sides.map(() => load.measures.map((): number[] => []));
  for (let round = 0; round < rounds; round++) {
    for (const [index, runRound] of sides.entries()) {
      for (const [measure, value] of (await runRound()).entries()) columns[index]?.[measure]?.push(value);
    }
  }
  const [ours = [], raw = [], stock = []] = columns;
  return { load, ours, raw, stock };
}

/** Doubles a rate until it is too much, then halves the difference some times. */
async function mostOf(keepsUp: (rate: number) => Promise<boolean>, from: number): Promise<number> {
  let most = from;
  while (await keepsUp(2 * most)) most *= 2;
  let step = most / 2;
  for (let halving = 0; halving < halvings; halving++, step /= 2) {
    if (await keepsUp(most + step)) most += step;
  }
  return most;
}
