import { commandLine, optionsOf } from '../../src/commands/command-line.ts';
import { writeReadme } from '../readme.ts';
import { type Plan, replay } from './replay.ts';
import { renderReading } from './report.ts';
import { worlds } from './worlds.ts';

const options = optionsOf<{ readonly quick?: true; readonly write?: true; readonly firstSeed: string }>(
  commandLine('bun run bench:reading', 'Replay a simulated school with and without predicted reading times')
    .option('--quick', 'replay a school of 200 people twice instead of one of 2,000 ten times')
    .option('--first-seed <seed>', 'the seed of the first school', '1')
    .option('--write', 'put the table into docs/reach/prediction.md'),
);
const plan: Plan = { people: options.quick ? 200 : 2_000, learned: 6, heldOut: 2, waitHours: 6 };
const seeds = Array.from(
  { length: options.quick ? 2 : 10 },
  (_, index) => Number(options.firstSeed) + index * 1_000,
);
const results = worlds.map((world) => ({ world, replays: seeds.map((seed) => replay(world, seed, plan)) }));
const report = renderReading(results, plan);
process.stdout.write(`${report}\n`);
if (options.write) await writeReadme('reading', report);
