import { cpus } from 'node:os';
import type { CrowdResult } from './crowd/loads.ts';
import { renderCrowd } from './crowd/report.ts';
import type { Load, Measure } from './publications/loads.ts';
import type { StartCosts } from './publications/start.ts';
import { compare, judge, judgeAmount, type Summary, summarize, type Target } from './statistics.ts';
import type { Trial } from './trials.ts';

/** The results of the rounds of one load: a list of numbers for each measure, in the order of its measures. */
export interface Result {
  readonly load: Load;
  readonly ours: readonly (readonly number[])[];
  readonly raw: readonly (readonly number[])[];
}

/** The same for what only ours does. */
export interface TrialResult {
  readonly trial: Trial;
  readonly ours: readonly (readonly number[])[];
}

export interface Report {
  readonly results: readonly Result[];
  readonly crowds: readonly CrowdResult[];
  readonly trials: readonly TrialResult[];
  readonly start: StartCosts | undefined;
}

const head = `| load | measure | Tambuli | raw Bun (its rounds) | ratio of the pairs: median (least–largest) | to reach | |
| --- | --- | --- | --- | --- | --- | --- |`;

const ownHead = `| | measure | Tambuli: median (least–largest) | to reach | |
| --- | --- | --- | --- | --- |`;

/** The Markdown tables: what raw Bun does too, and what it does not. */
export function renderReport({ results, crowds, trials, start }: Report): string {
  const compared = results.flatMap(({ load, ours, raw }) =>
    load.measures.map((measure, index) =>
      renderRow(load, measure, index === 0, ours[index] ?? [], raw[index] ?? []),
    ),
  );
  const own = [...trials.flatMap(renderTrial), ...(start ? renderStart(start) : [])];
  return [
    ...(compared.length > 0 ? [head, ...compared, ''] : []),
    ...(crowds.length > 0 ? [renderCrowd(crowds), ''] : []),
    ...(own.length > 0 ? [ownHead, ...own, ''] : []),
    footnote(results, trials),
  ].join('\n');
}

function renderTrial({ trial, ours }: TrialResult): string[] {
  return trial.measures.map(({ name, unit, target }, index) => {
    const title = index === 0 ? trial.title : '';
    const column = ours[index] ?? [];
    // The trial has said why on standard error.
    if (column.length === 0) return `| ${[title, name, 'not measured', '', ''].join(' | ')} |`;
    return renderOwn(title, name, summarize(column), unit, target);
  });
}

function renderOwn(title: string, name: string, summary: Summary, unit: string, target?: Target): string {
  const cells = [
    title,
    name,
    `${number(summary.median)} ${unit} (${range(summary)})`,
    describeTarget(target, unit),
    target ? judgeAmount(summary, target) : '',
  ];
  return `| ${cells.join(' | ')} |`;
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
  const most = (amount: number): Target => ({ kind: 'amount', most: amount });
  return [
    renderOwn('external database, production', 'start to listening', listening, 'ms', most(500)),
    renderOwn('', 'idle resident memory', idle, 'MB', most(100)),
  ];
}

function footnote(results: readonly Result[], trials: readonly TrialResult[]): string {
  const pairs = results[0]?.ours[0]?.length;
  const rounds = trials[0]?.ours[0]?.length;
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}, Bun ${Bun.version}`;
  return [
    `${machine}; clients and Postgres on the same machine.`,
    ...(pairs
      ? [
          `Medians of ${pairs} pairs of rounds, ours and raw Bun’s in turn, on warmed servers (memory: fresh ones).`,
          'A difference inside the spread of raw Bun’s own rounds is *not distinguishable*: neither a pass nor a fail.',
          'A server that is compared has a core for itself, its clients have the others (`taskset`).',
          'Raw Bun parses, checks and stores nothing (but where the load says so); ours has every publication in Postgres before its first delivery.',
          'The kernel counts CPU time exactly and splits it into user and system by the ticks of its clock, so the sum is what is judged; lines are fitted to the four audiences of each round.',
        ]
      : []),
    ...(rounds
      ? [
          `Medians of ${rounds} rounds${rounds > 3 ? ' (recovery: 3)' : ''}; *at the limit* is a target that lies within what the rounds leave open.`,
          'The commit’s time is the database’s, cut to milliseconds: up to one of them is in what follows it.',
          'Not measured: more cores; a database elsewhere.',
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
    case 'least':
      return `≥ ${number(target.least)} ${unit}`;
    default:
      return target satisfies never;
  }
}

function range({ least, largest }: Summary): string {
  return `${number(least)}–${number(largest)}`;
}

function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
