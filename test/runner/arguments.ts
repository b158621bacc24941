import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Glob } from 'bun';
import { InvalidArgumentError } from 'commander';
import { commandLine, numberBetween, optionsOf } from '../../src/commands/command-line.ts';
import { fastFiles } from './fast.ts';

export interface RunnerOptions {
  /** Paths of test files, or parts of them; none means all. */
  readonly files: readonly string[];
  readonly workers: number;
  readonly testNamePattern?: string;
  readonly randomize?: true;
  readonly rerunEach?: number;
  /** Only what needs no process, port or database. */
  readonly fast?: true;
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
    .option('--fast', 'only files that start no process, open no port and use no database')
    .option('--rerun-each <number>', 'each file so many times', numberBetween(1, 1_000));
  const options = optionsOf<Omit<RunnerOptions, 'files'>>(command);
  const [files = []] = command.processedArgs as [string[]?];
  return { ...options, files: options.fast ? fastAmong(files) : files };
}

/** `bun test` takes a path that begins with a dot for one file, and any other for a part of names. */
function fastAmong(names: readonly string[]): readonly string[] {
  return fastFiles(root)
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
    .map((file) => `./${file}`);
}

const testFiles = [...new Glob('test/**/*.test.ts').scanSync({ cwd: root })];

function checked(name: string, earlier: readonly string[] = []): readonly string[] {
  const isKnown = existsSync(join(root, name)) || testFiles.some((file) => file.includes(name));
  if (!isKnown) throw new InvalidArgumentError(`"${name}" is part of no test file.`);
  return [...earlier, name];
}
