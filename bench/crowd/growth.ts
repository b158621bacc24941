import type { Trial } from '../trials.ts';
import { openOurs } from './sides.ts';

/** A process here may hold 20,000 descriptors. */
const audiences = [10, 1_000, 10_000, 19_000];
const channelCounts = [1, 1_000, 100_000];
const publications = 100;
const part = 10_000;

/** The cost of one delivery, and of one publication, as their numbers grow; one round, as it takes minutes. */
export const growth: Trial = {
  name: 'growth',
  title: 'growth on this machine',
  measures: [
    ...audiences.map((sockets) => ({
      name: `CPU time per delivery, ${group(sockets)} sessions`,
      unit: 'µs',
    })),
    ...channelCounts.map((channels) => ({
      name: `CPU time per publication, ${group(channels)} channels without readers`,
      unit: 'µs',
    })),
  ],
  async run(databaseUrl) {
    const costs: number[] = [];
    for (const sockets of audiences) costs.push(await costPerDelivery(databaseUrl, sockets));
    for (const channels of channelCounts) costs.push(await costPerPublication(databaseUrl, channels));
    return costs.map((cost) => [cost]);
  },
};

async function costPerDelivery(databaseUrl: string, sockets: number): Promise<number> {
  await using side = await openOurs(databaseUrl);
  await side.enter({ sockets, channels: 1, perSocket: 1 });
  const round = () => side.call({ callers: 4, publications, channels: 1, readers: sockets });
  await round();
  return (await round()).cpu / publications / sockets;
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
