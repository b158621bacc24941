import type { Trial } from '../trials.ts';
import { demandRoom, processesFor } from './capacity.ts';
import { type CrowdSide, openOurs, openProcesses } from './sides.ts';

/** A process here may hold 20,000 descriptors, so that the largest one takes several processes. */
const audiences = [
  ...[10, 1_000, 10_000, 19_000].map((sockets) => ({ sockets, processes: 1 })),
  { sockets: 60_000, processes: processesFor(60_000) },
];
const channelCounts = [1, 1_000, 100_000];
const publications = 100;
/** In one round, so that the largest audience needs no minutes. */
const mostDeliveries = 2_000_000;
/** All of which have arrived before the next are published: a server is not to send for seconds without a pause. */
const deliveriesAtOnce = 200_000;
const part = 10_000;
/** Sockets that enter between one process of clients and one server in one request. */
const enteringAtOnce = 1_000;
/** Milliseconds until all have entered. A machine that needs more is too small, or too busy. */
const enteringLimitMs = 180_000;

/** The cost of one delivery, and of one publication, as their numbers grow; one round, as it takes minutes. */
export const growth: Trial = {
  name: 'growth',
  title: 'growth on this machine',
  measures: [
    ...audiences.map(({ sockets, processes }) => ({
      name: `CPU time per delivery, ${group(sockets)} sessions${processes > 1 ? ` of ${processes} processes` : ''}`,
      unit: 'µs',
    })),
    ...channelCounts.map((channels) => ({
      name: `CPU time per publication, ${group(channels)} channels without readers`,
      unit: 'µs',
    })),
  ],
  async run(databaseUrl) {
    const costs: number[][] = [];
    for (const audience of audiences) costs.push(await costPerDelivery(databaseUrl, audience));
    for (const channels of channelCounts) costs.push([await costPerPublication(databaseUrl, channels)]);
    return costs;
  },
};

type Audience = (typeof audiences)[number];

/** One number, or none where the machine is too small or too busy for it, which standard error says. */
async function costPerDelivery(databaseUrl: string, audience: Audience): Promise<number[]> {
  const { sockets, processes } = audience;
  try {
    demandRoom(sockets, processes);
    await using side = await openProcesses(databaseUrl, processes, processes);
    await enterAll(side, audience);
    const atOnce = Math.min(publications, Math.ceil(deliveriesAtOnce / sockets));
    const count = atOnce * Math.round(Math.min(publications, mostDeliveries / sockets) / atOnce);
    const round = async () => {
      let cpu = 0;
      for (let published = 0; published < count; published += atOnce) {
        const work = { callers: 4, publications: atOnce, channels: 1, readers: sockets };
        cpu += (await side.call(work)).cpu;
      }
      return cpu / count / sockets;
    };
    await round();
    return [await round()];
  } catch (error) {
    process.stderr.write(`growth, ${group(sockets)} sessions: not measured. ${error}\n`);
    return [];
  }
}

async function enterAll(side: CrowdSide, { sockets, processes }: Audience): Promise<void> {
  const startedAt = performance.now();
  const atOnce = enteringAtOnce * processes;
  for (let firstSocket = 0; firstSocket < sockets; firstSocket += atOnce) {
    if (performance.now() - startedAt > enteringLimitMs) {
      const seconds = enteringLimitMs / 1_000;
      throw new Error(
        `This machine is too small or too busy: after ${seconds} s there were ${group(firstSocket)} sessions.`,
      );
    }
    await side.enter({
      ...{ firstSocket, sockets: Math.min(atOnce, sockets - firstSocket) },
      ...{ channels: 1, perSocket: 1 },
    });
  }
}

async function costPerPublication(databaseUrl: string, channels: number): Promise<number> {
  await using side = await openOurs(databaseUrl);
  // In parts, as one request of the bench may take a minute.
  const call = (firstChannel: number) =>
    side.call({
      callers: 32,
      publications: part,
      channels: Math.min(channels, part),
      firstChannel,
      readers: 0,
    });
  await call(0);
  let cpu = 0;
  const parts = Math.max(1, channels / part);
  for (let index = 0; index < parts; index++) cpu += (await call(index * part)).cpu;
  return cpu / parts / part;
}

function group(count: number): string {
  return count.toLocaleString('en-US');
}
