import { compare, judge, judgeAmount, summarize, type Verdict } from '../statistics.ts';
import type { CrowdMeasure, CrowdResult } from './loads.ts';

const head = `| load | measure | Tambuli | raw Bun | socket.io on Bun | Tambuli to raw Bun, ratio of the rounds | socket.io to raw Bun | to reach | |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |`;

/** Markdown: each load beside raw Bun and stock socket.io. */
export function renderCrowd(results: readonly CrowdResult[]): string {
  const rows = results.flatMap(({ load, ours, raw, stock }) =>
    load.measures.map((measure, index) =>
      renderRow(
        index === 0 ? load.title : '',
        measure,
        ours[index] ?? [],
        raw[index] ?? [],
        stock[index] ?? [],
      ),
    ),
  );
  return [head, ...rows].join('\n');
}

function renderRow(
  title: string,
  measure: CrowdMeasure,
  ours: readonly number[],
  raw: readonly number[],
  stock: readonly number[],
): string {
  const cells = [
    title,
    measure.name,
    ...[ours, raw, stock].map((values) => amount(values, measure.unit)),
    ratioOf(ours, raw),
    ratioOf(stock, raw),
    describe(measure),
    verdictOf(measure, ours, raw),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdictOf({ target }: CrowdMeasure, ours: readonly number[], raw: readonly number[]): Verdict {
  if (!target) return '';
  const comparison = compare(ours, raw);
  if (target.kind === 'share') return judgeAmount(comparison.ratio, { kind: 'least', least: target.least });
  return judge(comparison, target);
}

function describe({ target, unit }: CrowdMeasure): string {
  switch (target?.kind) {
    case 'share':
      return `≥ ${target.least} ×`;
    case 'ratio':
      return `≤ ${target.most} ×`;
    case 'amount':
      return `≤ ${target.most} ${unit}`;
    default:
      return '';
  }
}

function amount(values: readonly number[], unit: string): string {
  const { median, least, largest } = summarize(values);
  return `${number(median)} ${unit} (${number(least)}–${number(largest)})`;
}

function ratioOf(values: readonly number[], raw: readonly number[]): string {
  const { median, least, largest } = compare(values, raw).ratio;
  return `${number(median)} (${number(least)}–${number(largest)})`;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
