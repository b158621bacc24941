import type { Cost, OpenSide, Side } from '../sides.ts';
import { fitLine, type Target } from '../statistics.ts';
import type { Audience } from './messages.ts';

/** One number that a round gives. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly target?: Target;
  /** Raw Bun's number is next to nothing, or the noise of the clock: a ratio to it says nothing. */
  readonly alone?: true;
}

export interface Load {
  readonly name: string;
  readonly title: string;
  readonly measures: readonly Measure[];
  /** Whether raw Bun makes a row of each publication too. */
  readonly stores?: true;
  /** Makes a side ready and returns what runs one round on it: a number for each measure. */
  prepare(open: OpenSide, scale: number): Promise<PreparedLoad>;
}

export interface PreparedLoad extends AsyncDisposable {
  round(): Promise<readonly number[]>;
}

const same: Target = { kind: 'same' };
const ratio = (most: number): Target => ({ kind: 'ratio', most });

const thousand: Audience = { sockets: 1_000, firstChannel: 0, channels: 1, perSocket: 1 };
const lone: Audience = { sockets: 1, firstChannel: 1, channels: 1, perSocket: 1 };
const thousandChannels: Audience = { sockets: 10_000, firstChannel: 0, channels: 1_000, perSocket: 1 };
const fourChannels: Audience = { sockets: 10_000, firstChannel: 0, channels: 4, perSocket: 4 };
const quarter: Audience = { sockets: 250, firstChannel: 2, channels: 1, perSocket: 1 };
const half: Audience = { sockets: 500, firstChannel: 3, channels: 1, perSocket: 1 };
const toThousand = { firstChannel: 0, channels: 1, subscribersPerChannel: 1_000 };
const toLone = { firstChannel: 1, channels: 1, subscribersPerChannel: 1 };

const cpuPerDelivery: readonly Measure[] = [
  { name: 'CPU time per delivery', unit: 'µs', target: same },
  { name: 'of it user time, by ticks', unit: 'µs' },
  { name: 'of it system time, by ticks', unit: 'µs' },
];

export const loads: readonly Load[] = [
  {
    name: 'steady',
    title: '1,000 subscribers × 100 messages/s',
    measures: cpuPerDelivery,
    prepare: prepareSteady,
  },
  {
    name: 'stored',
    title: 'the same, where raw Bun waits for one insert before it delivers',
    measures: cpuPerDelivery,
    stores: true,
    prepare: prepareSteady,
  },
  {
    name: 'bursts',
    title: '1, 250, 500 and 1,000 subscribers, four publishers in a closed loop',
    measures: [
      { name: 'CPU time per delivery: the slope over the subscribers', unit: 'µs', target: ratio(1.15) },
      { name: 'CPU time of a publication besides: the line at none', unit: 'µs', alone: true },
      { name: 'user time per delivery, the slope, by ticks', unit: 'µs', alone: true },
      { name: 'user time of a publication besides, by ticks', unit: 'µs', alone: true },
      { name: 'CPU time per delivery to 1,000, the publication’s share in it', unit: 'µs' },
      {
        name: 'deliveries to 1,000 in a second of one core',
        unit: '/s',
        target: { kind: 'least', least: 1_000_000 },
      },
      { name: 'wall time per delivery to 1,000', unit: 'µs' },
      { name: 'wall time of a publication to one', unit: 'µs', alone: true },
    ],
    prepare: (open, scale) => warmed(open, [thousand, lone, quarter, half], 4, (side) => burst(side, scale)),
  },
  {
    name: 'channels',
    title: '1,000 channels × 10 subscribers, four publishers, one publication at a time per channel',
    measures: [
      { name: 'CPU time per publication', unit: 'µs' },
      { name: 'of it user time', unit: 'µs' },
      { name: 'of it system time', unit: 'µs' },
    ],
    prepare: (open, scale) =>
      warmed(open, [thousandChannels], 4, async (side) => {
        const publications = 1_000 * Math.max(1, Math.round(6 * scale));
        const work = { firstChannel: 0, channels: 1_000, subscribersPerChannel: 10 };
        return cpu(await side.publish({ ...work, publications }), publications);
      }),
  },
  {
    name: 'ping',
    title: 'ping → pong, ten sockets in a closed loop',
    measures: [
      { name: 'CPU time per ping', unit: 'µs', target: ratio(1.5) },
      { name: 'of it user time', unit: 'µs' },
      { name: 'of it system time', unit: 'µs' },
    ],
    prepare: (open, scale) =>
      warmed(open, [], 10, async (side) => {
        const pings = Math.round(200_000 * scale);
        return cpu(await side.ping(pings), pings);
      }),
  },
  {
    name: 'memory',
    title: '10,000 idle sessions, authenticated, four subscriptions',
    measures: [{ name: 'resident memory per session', unit: 'KB', target: { kind: 'amount', most: 4 } }],
    // Memory that was once used is not given back, so every round has a server of its own.
    prepare: async (open) => ({ round: () => memoryPerSession(open), [Symbol.asyncDispose]: nothing }),
  },
];

function prepareSteady(open: OpenSide, scale: number): Promise<PreparedLoad> {
  return warmed(open, [thousand, lone], 1, async (side) => {
    const publications = Math.round(250 * scale);
    const cost = await side.publish({ ...toThousand, publications, perSecond: 100 });
    return cpu(cost, publications * 1_000);
  });
}

/** One server for all rounds, which has run enough for its compilers to be done before the first that counts. */
async function warmed(
  open: OpenSide,
  audiences: readonly Audience[],
  publishers: number,
  round: (side: Side) => Promise<readonly number[]>,
): Promise<PreparedLoad> {
  const side = await open();
  for (const audience of audiences) await side.connect(audience, 0);
  await side.connect({ ...lone, sockets: 0 }, publishers);
  if (audiences.includes(lone)) await side.publish({ ...toLone, publications: 3_000 });
  await round(side);
  await round(side);
  return { round: () => round(side), [Symbol.asyncDispose]: () => side[Symbol.asyncDispose]() };
}

/** The same publications to audiences of four sizes: what grows with the audience is the delivery, the rest is not. */
async function burst(side: Side, scale: number): Promise<readonly number[]> {
  const publications = Math.round(1_000 * scale);
  const costs: { readonly size: number; readonly cost: Cost }[] = [];
  for (const { sockets: size, firstChannel } of [lone, quarter, half, thousand]) {
    const to = { firstChannel, channels: 1, subscribersPerChannel: size };
    costs.push({ size, cost: await side.publish({ ...to, publications }) });
  }
  const line = (of: (cost: Cost) => number) =>
    fitLine(costs.map(({ size, cost }) => [size, of(cost), cost.user + cost.system]));
  const all = line(({ user, system }) => (user + system) / publications);
  const user = line((cost) => cost.user / publications);
  const [toOne, toMost] = [costs.at(0)?.cost ?? missing(), costs.at(-1)?.cost ?? missing()];
  const delivery = (toMost.user + toMost.system) / publications / 1_000;
  return [
    all.slope,
    all.intercept,
    user.slope,
    user.intercept,
    delivery,
    1_000_000 / delivery,
    wall(toMost) / publications / 1_000,
    wall(toOne) / publications,
  ];
}

function missing(): never {
  throw new Error('Nothing was measured.');
}

async function memoryPerSession(open: OpenSide): Promise<readonly number[]> {
  await using side = await open();
  await side.connect({ ...fourChannels, sockets: 500 }, 0);
  await side.disconnect();
  const before = await side.memory();
  await side.connect(fourChannels, 0);
  const after = await side.memory();
  return [(after.rss - before.rss) / 1024 / fourChannels.sockets];
}

function cpu({ user, system }: Cost, units: number): readonly number[] {
  return [(user + system) / units, user / units, system / units];
}

function wall({ seconds }: Cost): number {
  return seconds * 1_000_000;
}

async function nothing(): Promise<void> {
  // There is nothing to close between two rounds.
}
