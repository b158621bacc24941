import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Glob } from 'bun';
import { InvalidArgumentError } from 'commander';
import { commandLine, numberBetween, optionsOf } from '../../src/commands/command-line.ts';

export interface RunnerOptions {
  /** Paths of test files, or parts of them; none means all. */
  readonly files: readonly string[];
  readonly workers: number;
  readonly testNamePattern?: string;
  readonly randomize?: true;
  readonly rerunEach?: number;
}

const root = join(import.meta.dir, '../..');
/** More workers would wait for each other's processor. */
const mostWorkers = 4;

/** The options of this process, which ends when its command line is not understood. */
export function runnerOptions(): RunnerOptions {
  const command = commandLine('bun run test', 'Run the tests, each file in one of several workers')
    .argument('[files...]', 'paths of test files, or parts of them; all where none is named', checked)
    .option(
      '--workers <number>',
      'processes that run files side by side',
      numberBetween(1, 64),
      Math.min(availableParallelism(), mostWorkers),
    )
    .option('-t, --test-name-pattern <regex>', 'only tests with such a name')
    .option('--randomize', 'the tests of each file in an order that TEST_SEED decides')
    .option('--rerun-each <number>', 'each file so many times', numberBetween(1, 1_000));
  const options = optionsOf<Omit<RunnerOptions, 'files'>>(command);
  const [files = []] = command.processedArgs as [string[]?];
  return { ...options, files };
}

const testFiles = [...new Glob('test/**/*.test.ts').scanSync({ cwd: root })];

function checked(name: string, earlier: readonly string[] = []): readonly string[] {
  const isKnown = existsSync(join(root, name)) || testFiles.some((file) => file.includes(name));
  if (!isKnown) throw new InvalidArgumentError(`"${name}" is part of no test file.`);
  return [...earlier, name];
}
