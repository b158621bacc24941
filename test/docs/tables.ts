import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { contentsOf } from '../../docs/.vitepress/contents.ts';
import { program } from '../../src/commands/program.ts';
import { renderConfigFileTable } from '../../src/config/file/schema.ts';
import { renderConfigTable } from '../../src/config/variable-tables.ts';
import { Metrics } from '../../src/gateways/operations/metrics.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { causes } from '../../src/operate/why/model.ts';
import { closeCodes } from '../../src/protocol/wire/close-codes.ts';
import { errorCodes } from '../../src/protocol/wire/codes.ts';
import { createEngine, someone } from '../support/services/engine.ts';
import { areaTables } from './area-tables.ts';
import { type Page, pageAt, root } from './pages.ts';

/** The parts of pages that are made from the code, by the name of their marks: `<!-- name -->` and `<!-- /name -->`. */
export const tables: Readonly<Record<string, () => string>> = {
  'error-codes': renderErrorTable,
  'close-codes': renderCloseTable,
  config: renderConfigTable,
  metrics: renderMetricsTable,
  'alert-rules': renderAlertRules,
  'why-causes': renderCauses,
  'config-file-channels': () => renderConfigFileTable('channel'),
  'config-file-tables': () => renderConfigFileTable('table'),
  commands: renderCommands,
  cost: renderCostTable,
  contents: renderContents,
  ...areaTables,
};

/** The text between the marks `name`, without the blank space around it; undefined where the page has no such marks. */
export function sectionOf({ text }: Page, name: string): string | undefined {
  const bounds = boundsOf(text, name);
  return bounds && text.slice(...bounds).trim();
}

/** The page with every generated part as the code has it now. */
export function withTables({ text }: Page): string {
  let written = text;
  for (const [name, render] of Object.entries(tables)) {
    const bounds = boundsOf(written, name);
    if (bounds) written = `${written.slice(0, bounds[0])}\n${render()}\n${written.slice(bounds[1])}`;
  }
  return written;
}

function boundsOf(text: string, name: string): [from: number, to: number] | undefined {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  return from < 0 || to < from ? undefined : [from + begin.length, to];
}

function renderErrorTable(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retry, meaning, remedy }]) =>
      `| \`${code}\` | ${status} | ${retry ? 'yes' : 'no'} | ${meaning} | ${remedy} |`,
  );
  const head = ['| code | HTTP status | retry | meaning | what to do |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows].join('\n');
}

function renderCauses(): string {
  const rows = Object.entries(causes).map(([cause, meaning]) => `| \`${cause}\` | ${meaning} |`);
  return ['| cause | meaning |', '| --- | --- |', ...rows].join('\n');
}

/** The rules as Prometheus reads them, without the comment of the file. */
function renderAlertRules(): string {
  const rules = readFileSync(join(root, 'docs/run/alerts.yaml'), 'utf8').replace(/^#.*\n/, '');
  return `<!-- run by test/docs/alerts.test.ts -->\n\`\`\`yaml\n${rules.trimEnd()}\n\`\`\``;
}

function renderCloseTable(): string {
  const rows = Object.entries(closeCodes).map(
    ([reason, { code, meaning }]) =>
      `| ${code} | \`${reason}\` | ${code < 4500 ? 'yes' : 'no'} | ${meaning} |`,
  );
  return ['| code | reason | come back | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The measures of the bench that have a goal, as the last run with `--write` left them in its page. */
function renderCostTable(): string {
  const rows: string[] = [];
  let [load, head]: [string, readonly string[]] = ['', []];
  for (const line of (sectionOf(pageAt('docs/inside/bench.md'), 'bench') ?? '').split('\n')) {
    const cells = line.split('|').slice(1, -1).map(cell);
    const [first = '', measure = ''] = cells;
    if (measure === 'measure') head = cells;
    if (cells.length !== head.length || /^(measure|---)$/.test(measure)) continue;
    if (first !== '') load = first;
    const of = (column: string) => cells[head.findIndex((name) => name.startsWith(column))];
    const goal = of('to reach');
    if (!goal || of('raw Bun') === undefined) continue;
    const ratio = of('ratio') ?? of('Tambuli to raw Bun');
    const numbers = [of('Tambuli'), of('raw Bun'), of('socket.io on Bun') ?? '', ratio, goal, cells.at(-1)];
    rows.push(`| ${load}: ${measure} | ${numbers.join(' | ')} |`);
  }
  const columns = [
    'load and measure',
    'Tambuli',
    'raw Bun',
    'socket.io on Bun',
    'ratio to raw Bun',
    'goal',
    '',
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows].join('\n');
}

/** The help of every command of the program. */
function renderCommands(): string {
  const helpOf = (command: Command): string[] => {
    const help = command.createHelp();
    help.helpWidth = 100;
    const own = command.commands.length > 0 ? [] : [help.formatHelp(command, help).trimEnd()];
    return [...own, ...command.commands.flatMap(helpOf)];
  };
  return ['```text', helpOf(program()).join('\n\n'), '```'].join('\n');
}

/** Links to all pages, for docs/index.md; a line for each page, so that two that land together do not conflict. */
function renderContents(): string {
  const sections = contentsOf(root).map(({ title, pages }) => {
    const links = pages.map((page) => `  * [${page.title}](${relative('docs', page.path)})`);
    return [`* **${title}**`, ...links].join('\n');
  });
  return sections.join('\n');
}

const cell = (text: string) => text.trim();

const scraped = await scrape();

/** The names of the metrics that a process exposes. */
export const metricNames: readonly string[] = [...scraped.matchAll(/^# TYPE (\w+)/gm)].map(
  ([, name = '']) => name,
);

function renderMetricsTable(): string {
  const rows = [...scraped.matchAll(/^# HELP (\w+) (.+)\n# TYPE \w+ (\w+)\n(?:\w+\{(\w+)=)?/gm)].map(
    ([, name, help, type, label]) => `| \`${name}\` | ${type}${labelOf(type, label)} | ${help} |`,
  );
  return ['| metric | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A histogram's own label is its bucket's bound. */
const labelOf = (type = '', label = '') => (label && type !== 'histogram' ? ` by \`${label}\`` : '');

/** The metrics of a service with one session; without any, there would be no label of sessions. */
async function scrape(): Promise<string> {
  using metrics = new Metrics(systemClock);
  const { manager, connect } = createEngine();
  await connect(someone);
  metrics.watch(manager);
  return (await metrics.scrape()).text();
}
