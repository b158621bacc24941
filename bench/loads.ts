import type { Audience } from './messages.ts';
import type { Cost, OpenSide, Side } from './sides.ts';
import type { Target } from './statistics.ts';

/** One number that a round gives. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly target?: Target;
  /** Raw Bun has nothing of the kind: its number is the noise of the clock, and a ratio to it says nothing. */
  readonly alone?: true;
}

export interface Load {
  readonly name: string;
  readonly title: string;
  readonly measures: readonly Measure[];
  /** Makes a side ready and answers what runs one round on it: a number for each measure. */
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
const toThousand = { firstChannel: 0, channels: 1, subscribersPerChannel: 1_000 };
const toLone = { firstChannel: 1, channels: 1, subscribersPerChannel: 1 };

export const loads: readonly Load[] = [
  {
    name: 'steady',
    title: '1,000 subscribers × 100 messages/s',
    measures: [
      { name: 'CPU time per delivery', unit: 'µs', target: same },
      { name: 'of it user time', unit: 'µs', target: same },
      { name: 'of it system time', unit: 'µs', target: same },
    ],
    prepare: (open, scale) =>
      warmed(open, [thousand, lone], 1, async (side) => {
        const publications = Math.round(250 * scale);
        const cost = await side.publish({ ...toThousand, publications, perSecond: 100 });
        return cpu(cost, publications * 1_000);
      }),
  },
  {
    name: 'bursts',
    title: '1,000 subscribers, four publishers in a closed loop',
    measures: [
      { name: 'user time per delivery, the publication’s share in it', unit: 'µs', target: ratio(1.15) },
      { name: 'user time per delivery alone', unit: 'µs', target: ratio(1.15) },
      { name: 'system time per delivery', unit: 'µs' },
      { name: 'wall time per delivery', unit: 'µs' },
      { name: 'user time of a publication besides its deliveries', unit: 'µs', alone: true },
      { name: 'system time of a publication with one delivery', unit: 'µs', alone: true },
      { name: 'wall time of a publication with one delivery', unit: 'µs', alone: true },
    ],
    prepare: (open, scale) => warmed(open, [thousand, lone], 4, (side) => burst(side, scale)),
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

/** The same publications to a thousand and to one: what grows with the audience is the delivery, the rest is not. */
async function burst(side: Side, scale: number): Promise<readonly number[]> {
  const publications = Math.round(1_500 * scale);
  const many = await side.publish({ ...toThousand, publications });
  const one = await side.publish({ ...toLone, publications });
  const deliveries = publications * 1_000;
  const delivery = (many.user - one.user) / (deliveries - publications);
  return [
    many.user / deliveries,
    delivery,
    many.system / deliveries,
    wall(many) / deliveries,
    one.user / publications - delivery,
    one.system / publications,
    wall(one) / publications,
  ];
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
