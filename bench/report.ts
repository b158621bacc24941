import { cpus } from 'node:os';
import type { Load, Measure } from './loads.ts';
import type { StartCosts } from './start.ts';
import { compare, judge, type Summary, type Target } from './statistics.ts';

/** What the rounds of one load gave: a list of numbers for each measure, in the order of its measures. */
export interface Result {
  readonly load: Load;
  readonly ours: readonly (readonly number[])[];
  readonly raw: readonly (readonly number[])[];
}

const head = `| load | measure | Tambuli | raw Bun (its rounds) | ratio of the pairs: median (least–largest) | to reach | |
| --- | --- | --- | --- | --- | --- | --- |`;

/** The Markdown table. */
export function renderReport(results: readonly Result[], start: StartCosts | undefined): string {
  const rows = results.flatMap(({ load, ours, raw }) =>
    load.measures.map((measure, index) =>
      renderRow(load, measure, index === 0, ours[index] ?? [], raw[index] ?? []),
    ),
  );
  return [head, ...rows, ...(start ? renderStart(start) : []), '', footnote(results)].join('\n');
}

function renderRow(
  load: Load,
  measure: Measure,
  first: boolean,
  ours: readonly number[],
  raw: readonly number[],
): string {
  const comparison = compare(ours, raw);
  const { ratio } = comparison;
  const cells = [
    first ? load.title : '',
    measure.name,
    `${number(comparison.ours.median)} ${measure.unit}`,
    `${number(comparison.raw.median)} ${measure.unit} (${range(comparison.raw)})`,
    measure.alone ? '' : `${number(ratio.median)} (${range(ratio)})`,
    describeTarget(measure.target, measure.unit),
    measure.alone ? '' : judge(comparison, measure.target),
  ];
  return `| ${cells.join(' | ')} |`;
}

function renderStart({ listening, idle }: StartCosts): string[] {
  const row = (title: string, name: string, summary: Summary, unit: string, most: number) =>
    `| ${title} | ${name} | ${number(summary.median)} ${unit} (${range(summary)}) | | | ≤ ${most} ${unit} | ${summary.median <= most ? 'reached' : 'missed'} |`;
  return [
    row('external database, production', 'start to listening', listening, 'ms', 500),
    row('', 'idle resident memory', idle, 'MB', 100),
  ];
}

function footnote(results: readonly Result[]): string {
  const pairs = results[0]?.ours[0]?.length;
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}, Bun ${Bun.version}`;
  return [
    `${machine}; clients and Postgres on the same machine.`,
    ...(pairs
      ? [
          `Medians of ${pairs} pairs of rounds, ours and raw Bun’s in turn, on warmed servers (memory: fresh ones).`,
          'A difference inside the spread of raw Bun’s own rounds is *not distinguishable*: neither a pass nor a fail.',
          'Raw Bun parses, checks and stores nothing; ours has every publication in Postgres before its first delivery.',
        ]
      : []),
  ].join('\n');
}

function describeTarget(target: Target | undefined, unit: string): string {
  switch (target?.kind) {
    case undefined:
      return '';
    case 'same':
      return 'no difference';
    case 'ratio':
      return `≤ ${target.most} ×`;
    case 'amount':
      return `≤ ${target.most} ${unit}`;
    default:
      return target satisfies never;
  }
}

function range({ least, largest }: Summary): string {
  return `${number(least)}–${number(largest)}`;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const [begin, end] = ['<!-- bench -->', '<!-- /bench -->'];

/** The text with the report between its two marks, or undefined when it has none. */
export function insertReport(text: string, report: string): string | undefined {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  return `${text.slice(0, from + begin.length)}\n${report}\n${text.slice(to)}`;
}
