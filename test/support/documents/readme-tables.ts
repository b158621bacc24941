import { commandLine, optionsOf } from '../../../src/commands/command-line.ts';
import { renderConfigSchema } from '../../../src/config/file/schema.ts';
import { renderConfigTable, renderEnvExample } from '../../../src/config/variables.ts';
import { Metrics } from '../../../src/gateways/operations/metrics.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { closeCodes, errorCodes } from '../../../src/protocol/wire/codes.ts';
import { createEngine, someone } from '../services/engine.ts';

/** The parts of the README that are made from the code, by the name of their marks: `<!-- name -->`. */
export const readmeTables = {
  'error-codes': renderErrorTable,
  'close-codes': renderCloseTable,
  config: renderConfigTable,
  metrics: renderMetricsTable,
} as const;

export type ReadmeTable = keyof typeof readmeTables;

/** What stands between the marks `name`, without the blank space around it. Throws when a mark is missing. */
export function sectionOf(readme: string, name: ReadmeTable): string {
  const [from, to] = bounds(readme, name);
  return readme.slice(from, to).trim();
}

/** The README with every generated table as the code has it now. */
export function withTables(readme: string): string {
  let text = readme;
  for (const name of Object.keys(readmeTables) as ReadmeTable[]) {
    const [from, to] = bounds(text, name);
    text = `${text.slice(0, from)}\n${readmeTables[name]()}\n${text.slice(to)}`;
  }
  return text;
}

function bounds(readme: string, name: ReadmeTable): [from: number, to: number] {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The README has no ${begin} … ${end}.`);
  return [from + begin.length, to];
}

function renderErrorTable(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retry, meaning, remedy }]) =>
      `| \`${code}\` | ${status} | ${retry ? 'yes' : 'no'} | ${meaning} | ${remedy} |`,
  );
  const head = ['| code | HTTP status | retry | meaning | what to do |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows].join('\n');
}

function renderCloseTable(): string {
  const rows = Object.entries(closeCodes).map(
    ([reason, { code, meaning }]) =>
      `| ${code} | \`${reason}\` | ${code < 4500 ? 'yes' : 'no'} | ${meaning} |`,
  );
  return ['| code | reason | come back | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const scraped = await scrape();

function renderMetricsTable(): string {
  const rows = [...scraped.matchAll(/^# HELP (\w+) (.+)\n# TYPE \w+ (\w+)\n(?:\w+\{(\w+)=)?/gm)].map(
    ([, name, help, type, label]) => `| \`${name}\` | ${type}${labelOf(type, label)} | ${help} |`,
  );
  return ['| metric | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A histogram's own label is its bucket's bound. */
const labelOf = (type = '', label = '') => (label && type !== 'histogram' ? ` by \`${label}\`` : '');

/** What a service with one session answers to Prometheus: without any, there would be no label of sessions. */
async function scrape(): Promise<string> {
  using metrics = new Metrics(systemClock);
  const { manager, connect } = createEngine();
  await connect(someone);
  metrics.watch(manager);
  return (await metrics.scrape()).text();
}

if (import.meta.main) {
  optionsOf(
    commandLine(
      'bun run readme',
      'Write the tables of README.md, .env.example and the schema of the configuration file from the code',
    ),
  );
  const readme = new URL('../../../README.md', import.meta.url);
  await Bun.write(readme, withTables(await Bun.file(readme).text()));
  await Bun.write(new URL('../../../.env.example', import.meta.url), renderEnvExample());
  await Bun.write(new URL('../../../tambuli.config.schema.json', import.meta.url), renderConfigSchema());
}
