import { cpus } from 'node:os';
import { compare, type Summary, summarize } from '../statistics.ts';
import { burstSize, idleSessions, readers, steadyPerSecond, type TransportResult } from './loads.ts';

const titles: Readonly<Record<TransportResult['transport'], string>> = {
  websocket: 'WebSocket',
  sse: 'SSE',
  'socket.io': 'Socket.IO over WebSocket',
  'socket.io polling': 'Socket.IO over polling, waiting',
  'long poll': 'long poll, waiting',
};

const head = `| transport | server | CPU per delivery, ${steadyPerSecond} publications/s | CPU per delivery, ${burstSize} in one append | deliveries in a second of one core, ${burstSize} in one append | Tambuli’s to these, ratio of the rounds | memory of an idle session |
| --- | --- | --- | --- | --- | --- | --- |`;

/** Markdown. */
export function renderTransports(
  results: readonly TransportResult[],
  nodeVersion: string | undefined,
): string {
  const rows = results.map((result) => {
    const ours = results.find(({ transport }) => transport === result.transport);
    const cells = [
      result === ours ? titles[result.transport] : '',
      result.server,
      cell(result.steady, 'µs'),
      cell(result.burst, 'µs'),
      cell(
        result.burst.map((micros) => 1_000_000 / micros),
        '/s',
      ),
      result === ours || !ours || result.burst.length === 0 ? '' : ratioCell(ours.burst, result.burst),
      cell(result.memory, 'KB'),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const rounds = results[0]?.steady.length ?? 0;
  const node = nodeVersion ? `Node ${nodeVersion}` : 'Node is not installed: its rows are missing';
  return [
    head,
    ...rows,
    '',
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}, Bun ${Bun.version}, ${node}; socket.io 4.8.4, on Bun with @socket.io/bun-engine 0.1.2; clients and Postgres on the same machine.`,
    `Medians of ${rounds} rounds (least–largest), the servers of a transport in turn; memory: at most 5 rounds, of a new server each.`,
    `${readers.toLocaleString('en-US')} readers of one channel. The CPU time is that of the whole server process, the publication’s share in it.`,
    'Ours commits each publication, or all of one append, to the log in Postgres before its first delivery, and tells every reader its position; the others store nothing, ask nobody anything, and send as many bytes, which raw Bun makes beforehand.',
    `Memory: resident, after garbage was collected, of ${idleSessions.toLocaleString('en-US')} sessions with one subscription, divided by their number; connections are in it, what the kernel holds is not.`,
  ].join('\n');
}

function ratioCell(ours: readonly number[], theirs: readonly number[]): string {
  // The values are deliveries in a second, so they are compared the other way round than costs.
  const { ratio } = compare(theirs, ours);
  return `${number(ratio.median)} × (${range(ratio)})`;
}

function cell(values: readonly number[], unit: string): string {
  if (values.length === 0) return '';
  const summary = summarize(values);
  return `${number(summary.median)} ${unit} (${range(summary)})`;
}

function range({ least, largest }: Summary): string {
  return `${number(least)}–${number(largest)}`;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
