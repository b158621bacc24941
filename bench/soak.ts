import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { migrate } from '../src/db/migrate.ts';
import { createLogger } from '../src/logger.ts';
import { newSeed } from '../test/chaos/random.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { writeReadme } from './readme.ts';
import { isWell, renderSoak } from './soak/report.ts';
import { runSoak } from './soak/run.ts';
import { describeGrowth } from './soak/samples.ts';

const usage = `bun run soak [<minutes>] [--rate <clients a second>] [--seed <n>] [--write]
  Clients of all transports come and go for 20 minutes, or as many as are asked for.
`;

const { values: options, positionals } = parseArgs({
  args: Bun.argv.slice(2),
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '25' },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(positionals[0] ?? 20);
const perSecond = Number(options.rate);
if (options.help || !(minutes > 0 && perSecond > 0)) {
  process.stdout.write(usage);
  process.exit(options.help ? 0 : 64);
}
const seed = Number(options.seed ?? newSeed());
await using server = await startPostgres();
await migrate({ url: server.url, domains: ['barangay'], log: createLogger('warn') });
const result = await runSoak({ databaseUrl: server.url, minutes, perSecond, seed, progress });
const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Bun ${Bun.version}, clients and servers on the same machine`;
const report = renderSoak(result, { minutes, perSecond, seed, machine });
process.stdout.write(`${report}\n`);
for (const samples of result.samples) progress(`more than before: ${describeGrowth(samples)}`);
for (const { errors } of result.samples.flatMap(({ during, after }) => [...during, after])) {
  for (const error of errors.slice(0, 5)) progress(error.slice(0, 1_000));
}
for (const [name, { failures }] of result.tallies)
  for (const failure of failures) progress(`${name}: ${failure}`);
for (const what of result.disordered.slice(0, 20)) progress(`out of order: ${what}`);
if (options.write) await writeReadme('soak', report);
process.exitCode = isWell(result) ? 0 : 1;

function progress(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
