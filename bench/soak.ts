import { cpus } from 'node:os';
import { commandLine, numberBetween, optionsOf } from '../src/commands/command-line.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { createLogger } from '../src/logger.ts';
import { startPostgres } from '../test/support/postgres/postgres.ts';
import { runSeed } from '../test/support/random.ts';
import { writeReadme } from './readme.ts';
import { isWell, renderSoak } from './soak/report.ts';
import { runSoak } from './soak/run.ts';
import { describeGrowth } from './soak/samples.ts';

interface Given {
  readonly rate: number;
  readonly seed?: number;
  readonly write?: true;
}

const positive = numberBetween(0.01, Number.POSITIVE_INFINITY, { whole: false });
const command = commandLine('bun run soak', 'Let clients of all transports come and go')
  .argument('[minutes]', 'how long', positive, 20)
  .option('--rate <number>', 'clients that come in a second', positive, 25)
  .option('--seed <number>', 'repeat the run that printed this seed', numberBetween(0, 2 ** 31))
  .option('--write', 'put the report into docs/inside/faults.md');
const options = optionsOf<Given>(command);
const { seed = runSeed(), rate: perSecond } = options;
const [minutes] = command.processedArgs as [number];
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
