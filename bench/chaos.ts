import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { describeAvalanche, runAvalanche } from '../test/chaos/avalanche.ts';
import { faults } from '../test/chaos/faults.ts';
import { describeJitter, runJitter } from '../test/chaos/jitter.ts';
import { describeCell, isWrong, renderMatrix, runMatrix } from '../test/chaos/matrix.ts';
import { newSeed } from '../test/chaos/random.ts';
import { writeReadme } from './readme.ts';

const usage = `bun run chaos [faults|jitter|avalanche] [--only <text>] [--clients <n>] [--rate <n>] [--seconds <n>] [--seed <n>] [--write]
  faults     every fault on every deployment; --only takes the faults whose title holds the text
  jitter     clients cut at random every 15 s for about 2 s for 180 s: 2,000 under 100 publications/s, 10,000 under 20/s,
             or as --clients and --rate say
  avalanche  sessions (5000) whose process is replaced, by a deploy and by kill -9
`;

const { values: options, positionals } = parseArgs({
  args: Bun.argv.slice(2),
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    clients: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '180' },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed ?? newSeed());
const [section = 'faults'] = positionals;
const programs: Readonly<Record<string, () => Promise<Result>>> = { faults: runFaults, jitter, avalanche };
const program = programs[section];
if (options.help || !program) {
  process.stdout.write(usage);
  process.exit(options.help ? 0 : 64);
}
const { report, failed } = await program();
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
  const seconds = Number(options.seconds);
  const loads = options.clients
    ? [{ clients: Number(options.clients), perSecond: Number(options.rate ?? 100) }]
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
  const sessions = Number(options.clients ?? 5_000);
  const perSecond = Number(options.rate ?? 10);
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
