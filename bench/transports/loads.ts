import type { TransportName } from '../publications/messages.ts';
import {
  bundleForNode,
  type OpenServer,
  openRawBun,
  openRawSse,
  openSocketIoOnBun,
  openTambuli,
  openTransportSide,
  type TransportSide,
} from './sides.ts';

/** The results of one server with one transport, a number for each round; empty where it was not measured. */
export interface TransportResult {
  readonly transport: TransportName;
  readonly server: string;
  /** Microseconds of the server's CPU for each delivery, of publications one by one. */
  readonly steady: number[];
  /** The same, of many in one append. */
  readonly burst: number[];
  /** KB of resident memory for each idle session. */
  readonly memory: number[];
}

export interface TransportLoad {
  readonly databaseUrl: string;
  readonly rounds: number;
  /** The part of a whole run that is done in one round. */
  readonly scale: number;
  readonly progress: (line: string) => void;
}

interface Contender {
  readonly server: string;
  readonly open: OpenServer;
}

export const readers = 1_000;
export const idleSessions = 2_000;
export const burstSize = 50;
export const steadyPerSecond = 100;

/** Every server of a transport in turn, round by round. Without Node, the row that needs it stays empty. */
export async function runTransports(load: TransportLoad): Promise<readonly TransportResult[]> {
  await using node = await bundleForNode();
  const ours = { server: 'Tambuli', open: openTambuli };
  const socketIo: readonly Contender[] = [
    ours,
    ...(Bun.which('node') ? [{ server: 'socket.io on Node', open: node.open }] : []),
    { server: 'socket.io on Bun', open: openSocketIoOnBun },
  ];
  const groups: readonly (readonly [TransportName, readonly Contender[]])[] = [
    ['websocket', [ours, { server: 'raw Bun', open: openRawBun }]],
    ['sse', [ours, { server: 'raw Bun', open: openRawSse }]],
    ['socket.io', socketIo],
    ['socket.io polling', socketIo],
    ['long poll', [ours]],
  ];
  const results: TransportResult[] = [];
  for (const [transport, contenders] of groups) {
    load.progress(transport);
    const group = contenders.map(({ server }) => ({ transport, server, steady: [], burst: [], memory: [] }));
    if (delivering.has(transport)) await measureDeliveries(transport, contenders, group, load);
    await measureMemory(transport, contenders, group, load);
    results.push(...group);
  }
  return results;
}

/** Those whose clients can be counted for next to nothing. A poll is a request, not a delivery. */
const delivering: ReadonlySet<TransportName> = new Set(['websocket', 'sse', 'socket.io']);

async function measureDeliveries(
  transport: TransportName,
  contenders: readonly Contender[],
  results: readonly TransportResult[],
  { databaseUrl, rounds, scale }: TransportLoad,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const sides: TransportSide[] = [];
  for (const { open } of contenders) {
    const side = opened.use(await openTransportSide(open, transport, databaseUrl));
    await side.enter(readers);
    sides.push(side);
  }
  const steady = Math.round(200 * scale);
  const bursts = Math.max(1, Math.round(20 * scale));
  // The first two rounds are for the compilers.
  for (let round = -2; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const one = await costOf(side, () => side.deliver(steady, steadyPerSecond));
      const many = await costOf(side, async () => {
        for (let burst = 0; burst < bursts; burst++) await side.deliver(burstSize);
      });
      if (round < 0) continue;
      results[index]?.steady.push(one / steady / readers);
      results[index]?.burst.push(many / bursts / burstSize / readers);
    }
  }
}

async function costOf(side: TransportSide, work: () => Promise<void>): Promise<number> {
  const before = await side.cpu();
  await work();
  return (await side.cpu()) - before;
}

/** A new server each time: memory that was once used is not given back. */
async function measureMemory(
  transport: TransportName,
  contenders: readonly Contender[],
  results: readonly TransportResult[],
  { databaseUrl, rounds }: TransportLoad,
): Promise<void> {
  for (let round = 0; round < Math.min(rounds, 5); round++) {
    for (const [index, { open }] of contenders.entries()) {
      await using side = await openTransportSide(open, transport, databaseUrl);
      await side.enter(200);
      await side.leave();
      const before = await side.memory();
      await side.enter(idleSessions);
      const after = await side.memory();
      if (after.sessions !== undefined && after.sessions !== idleSessions) {
        throw new Error(`${after.sessions} sessions of ${transport}, not ${idleSessions}.`);
      }
      results[index]?.memory.push((after.rss - before.rss) / 1_024 / idleSessions);
    }
  }
}
