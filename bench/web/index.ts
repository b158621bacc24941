import { commandLine, numberBetween, optionsOf } from '../../src/commands/command-line.ts';
import { stopAllServers } from '../../test/support/postgres/postgres.ts';
import { measureWakes } from './wake.ts';

interface Given {
  readonly wakes: number;
}

const command = commandLine(
  'bun run bench:web',
  'Wake pages of the TypeScript client on networks that failed',
).option('--wakes <number>', 'times that a sleeping page is woken, in each way', numberBetween(1, 1_000), 5);
const { wakes } = optionsOf<Given>(command);
for (const wake of await measureWakes(wakes)) process.stdout.write(`${JSON.stringify(wake)}\n`);
await stopAllServers();
