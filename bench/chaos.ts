import { cpus } from 'node:os';
import { Argument } from 'commander';
import { commandLine, numberBetween, optionsOf } from '../src/commands/command-line.ts';
import { runSeed } from '../test/support/random.ts';
import { describeAvalanche, runAvalanche } from './chaos/avalanche.ts';
import { describeJitter, runJitter } from './chaos/jitter.ts';
import { describeCell, isWrong, renderMatrix, runMatrix } from './chaos/matrix.ts';
import { faults } from './chaos/processes/faults.ts';
import { writeReadme } from './readme.ts';

const programs = { faults: runFaults, jitter, avalanche };
type Section = keyof typeof programs;

interface Given {
  readonly only: string;
  readonly clients?: number;
  readonly rate?: number;
  readonly seconds: number;
  readonly seed?: number;
  readonly write?: true;
}

const count = numberBetween(1, Number.POSITIVE_INFINITY);
const command = commandLine('bun run chaos', 'Break the server in every way it has to survive')
  .addArgument(
    new Argument(
      '[section]',
      'faults: every fault on every deployment; jitter: clients cut at random; avalanche: all sessions of a process replaced',
    )
      .choices(Object.keys(programs))
      .default('faults'),
  )
  .option('--only <text>', 'faults: those whose title holds the text', '')
  .option('--clients <number>', 'jitter: clients (2,000 and 10,000); avalanche: sessions (5,000)', count)
  .option('--rate <number>', 'publications a second (jitter: 100 and 20; avalanche: 10)', count)
  .option('--seconds <number>', 'jitter: how long', count, 180)
  .option('--seed <number>', 'repeat the run that printed this seed', numberBetween(0, 2 ** 31))
  .option('--write', 'put the table into docs/inside/faults.md');
const options = optionsOf<Given>(command);
const { seed = runSeed() } = options;
const [section] = command.processedArgs as [Section];
const { report, failed } = await programs[section]();
process.stdout.write(`${report}\n`);
if (options.write) await writeReadme(section, report);
process.exit(failed ? 1 : 0);

interface Result {
  /** Markdown. */
  readonly report: string;
  readonly failed: boolean;
}

async function runFaults(): Promise<Result> {
  const chosen = faults.filter(({ title }) => title.includes(options.only));
  const cells = await runMatrix({ seed, faults: chosen, onCell: (cell) => progress(describeCell(cell)) });
  return {
    report: `${renderMatrix(cells)}\n\nSeed ${seed}; ${machine()}.`,
    failed: cells.some(({ outcome }) => isWrong(outcome)),
  };
}

async function jitter(): Promise<Result> {
  const { seconds } = options;
  const loads = options.clients
    ? [{ clients: options.clients, perSecond: options.rate ?? 100 }]
    : [
        { clients: 2_000, perSecond: 100 },
        { clients: 10_000, perSecond: 20 },
      ];
  const lines: string[] = [];
  let failed = false;
  for (const load of loads) {
    const report = await runJitter({ ...load, channels: 20, seconds, everyMs: 15_000, awayMs: 2_000, seed });
    lines.push(`* ${describeJitter(report)}.`);
    progress(describeJitter(report));
    failed ||= report.received !== report.owed || report.lost + report.disordered > 0;
    failed ||= report.replay.p99 >= 2_000;
  }
  return { report: `${lines.join('\n')}\n\n${machine()}.`, failed };
}

async function avalanche(): Promise<Result> {
  const sessions = options.clients ?? 5_000;
  const perSecond = options.rate ?? 10;
  const lines: string[] = [];
  let failed = false;
  for (const by of ['deploy', 'kill'] as const) {
    const report = await runAvalanche({ sessions, channels: 10, perSecond, seed, by });
    lines.push(`* ${describeAvalanche(report)}.`);
    failed ||=
      report.received !== report.owed || report.lost + report.disordered > 0 || report.back.p95 >= 3_000;
  }
  return { report: `${lines.join('\n')}\n\n${machine()}.`, failed };
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return `${cpus().length} cores (${model}), Bun ${Bun.version}, clients and servers on the same machine`;
}

function progress(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
