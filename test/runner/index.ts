import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumVariable, startChromium } from '../support/browser/chromium-process.ts';
import { portsVariable, startPostgres } from '../support/postgres/postgres.ts';
import { sweepServers } from '../support/processes/cluster-place.ts';
import { runSeed, seedVariable } from '../support/random.ts';
import { runnerOptions } from './arguments.ts';
import { countOutcomes, parseReport, renderSlowest } from './report.ts';

/**
 * `bun run test`: each file in one of several workers, each worker with a Postgres of its own, all with one Chromium; at
 * the end, the slowest files and tests and how many tests passed. `--fast` starts neither.
 */
const timeoutMs = 60_000;

const { files, workers, testNamePattern, randomize, rerunEach, fast } = runnerOptions();
await using opened = new AsyncDisposableStack();
await sweepServers();
// Bun ends what a file has started with the file, so that a worker cannot start what outlives one.
const servers = fast ? [] : await Promise.all(Array.from({ length: workers }, () => startPostgres()));
for (const server of servers) opened.use(server);
const chromium = needsBrowser() ? opened.use(await startChromium()) : undefined;
const directory = await mkdtemp(join(tmpdir(), 'tambuli-run-'));
opened.defer(() => rm(directory, { recursive: true }));
const report = join(directory, 'report.xml');
const durations = join(directory, 'durations.json');
const seed = String(runSeed());

const child = Bun.spawn(
  [
    ...[process.execPath, 'test', '--timeout', String(timeoutMs), `--parallel=${workers}`],
    ...['--reporter=junit', `--reporter-outfile=${report}`],
    // The files that take longest begin first. The second list is only read.
    ...[
      `--timings=${durations}`,
      `--timings=${join(import.meta.dir, 'slow-files.json')}`,
      '--update-timings',
    ],
    ...(testNamePattern === undefined ? [] : [`--test-name-pattern=${testNamePattern}`]),
    ...(randomize ? ['--randomize', `--seed=${seed}`] : []),
    ...(rerunEach === undefined ? [] : [`--rerun-each=${rerunEach}`]),
    ...files,
  ],
  {
    env: {
      ...process.env,
      [portsVariable]: servers.map(({ port }) => port).join(),
      [seedVariable]: seed,
      ...(chromium && { [chromiumVariable]: chromium.url }),
    },
    stdio: ['inherit', 'inherit', 'inherit'],
  },
);
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
const exitCode = await child.exited;

const tests = parseReport(await textOf(report));
const { files: measured = {} } = JSON.parse((await textOf(durations)) || '{}') as Durations;
const { passed, failed: failedTests, skipped } = countOutcomes(tests);
// An error outside of every test is in no report.
const failed = failedTests || (exitCode === 0 ? 0 : 1);
process.stdout.write(`\n${renderSlowest(measured, tests)}\n`);
process.stdout.write(`\n${seedVariable}=${seed}\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 ? 1 : 0;

interface Durations {
  /** Milliseconds, by file. */
  readonly files?: Readonly<Record<string, number>>;
}

/** Whether there is a Chromium, and the run has files that use it. */
function needsBrowser(): boolean {
  if (fast) return false;
  const isChosen = files.length === 0 || files.some((name) => name.includes('browser'));
  return isChosen && Bun.which('chromium') !== null;
}

async function textOf(path: string): Promise<string> {
  const file = Bun.file(path);
  return (await file.exists()) ? file.text() : '';
}
