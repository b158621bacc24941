import { commandLine, numberBetween, optionsOf } from '../src/commands/command-line.ts';
import { javaProgram } from '../test/support/java/java-client.ts';
import { runSeed, seededRandom } from '../test/support/random.ts';
import { runCuts } from './java/cuts.ts';
import { weighDay } from './java/day.ts';
import { measureWakes } from './java/wake.ts';

interface Given {
  readonly cuts: number;
  readonly kills: number;
  readonly rounds: number;
  readonly wakes: number;
  readonly idle: number;
  readonly seed?: number;
}

const count = numberBetween(0, 1_000_000);
const command = commandLine(
  'bun run bench:java',
  'Cut and kill phones of the Java client, apply rows to their SQLite, wake them, and weigh a day of one',
)
  .option('--cuts <number>', 'times that every connection is cut', count, 1_000)
  .option('--kills <number>', 'times that the JVM is killed in the middle', count, 30)
  .option('--rounds <number>', 'times that each way of applying rows is measured', count, 3)
  .option('--wakes <number>', 'times that a sleeping phone is woken, in each way', count, 5)
  .option('--idle <seconds>', 'time for which an idle connection is weighed', count, 120)
  .option('--seed <number>', 'repeat the run that printed this seed', numberBetween(0, 2 ** 31));
const { cuts, kills, rounds, wakes, idle, seed = runSeed() } = optionsOf<Given>(command);

if (rounds > 0) {
  const measured = Bun.spawn(await javaProgram('ph.tambuli.programs.RowsBench', `${rounds}`), {
    stdout: 'inherit',
  });
  await measured.exited;
}
if (wakes > 0) {
  for (const wake of await measureWakes(wakes)) process.stdout.write(`${JSON.stringify(wake)}\n`);
}
if (idle > 0) process.stdout.write(`${JSON.stringify(await weighDay(idle))}\n`);
if (cuts > 0) {
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const verdict = await runCuts({ cuts, kills, random: seededRandom(seed), note });
  process.stdout.write(`${JSON.stringify({ cuts, kills, ...verdict })}\n`);
  const isWell = Object.values(verdict.devices).every(
    ({ lost, doubled, disordered, positionsFit }) => lost + doubled + disordered === 0 && positionsFit,
  );
  if (!isWell || verdict.keysAmiss > 0) process.exit(1);
}
// Else the Postgres of the tests would keep the process.
process.exit(0);
