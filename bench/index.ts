import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { commandLine, optionsOf } from '../src/commands/command-line.ts';
import { openDatabase } from '../src/db/connection/open.ts';
import { openEmbedded } from '../src/db/embedded/embedded.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { seedBarangay } from '../src/domains/barangay/seed.ts';
import { createLogger } from '../src/logger.ts';
import { growth } from './crowd/growth.ts';
import { type CrowdResult, crowdLoads, runCrowdLoad } from './crowd/loads.ts';
import { crowdTrials } from './crowd/trials.ts';
import { type Load, loads } from './publications/loads.ts';
import { measureStart, type StartCosts } from './publications/start.ts';
import { writeReadme } from './readme.ts';
import { type Result, renderReport, type TrialResult } from './report.ts';
import { openRawBun, openRawBunThatStores, openTambuli } from './sides.ts';
import { trials as ownTrials } from './trials.ts';

const trials = [...ownTrials, ...crowdTrials, growth];

interface Given {
  readonly quick?: true;
  readonly only?: string;
  readonly write?: true;
}

const options = optionsOf<Given>(
  commandLine('bun run bench', 'Measure the server beside raw Bun')
    .option('--quick', 'run three short pairs instead of nine')
    .addOption(
      new Option('--only <load>', 'run this load alone').choices([
        ...[...loads, ...crowdLoads, ...trials].map(({ name }) => name),
        'start',
      ]),
    )
    .addOption(
      new Option('--write', 'put the table of a whole run into docs/inside/bench.md').conflicts([
        'quick',
        'only',
      ]),
    ),
);
const isChosen = ({ name }: { readonly name: string }) => !options.only || name === options.only;
const chosen = loads.filter(isChosen);
const chosenCrowds = crowdLoads.filter(isChosen);
const chosenTrials = trials.filter(isChosen);

const pairs = options.quick ? 3 : 9;
const rounds = options.quick ? 2 : 5;
const scale = options.quick ? 0.4 : 1;
const log = createLogger('warn');
const directory = await mkdtemp(join(tmpdir(), 'tambuli-bench-'));
// Run by root, Postgres runs as somebody else, who has to get in.
await chmod(directory, 0o711);
let report: string;
const failed: string[] = [];
try {
  await using database = await openEmbedded({ directory, log });
  await migrate({ url: database.url, domains: ['barangay'], log });
  await addDemoRows(database.url);
  const results: Result[] = [];
  for (const load of chosen) {
    await measure(load.name, async () => void results.push(await runLoad(load, database.url)));
  }
  const crowds: CrowdResult[] = [];
  for (const load of chosenCrowds) {
    const run = () => runCrowdLoad(load, database.url, pairs, scale);
    await measure(load.name, async () => void crowds.push(await run()));
  }
  const trialResults: TrialResult[] = [];
  for (const trial of chosenTrials) {
    const run = () => trial.run(database.url, rounds, scale);
    await measure(trial.name, async () => void trialResults.push({ trial, ours: await run() }));
  }
  let start: StartCosts | undefined;
  if (!options.only || options.only === 'start') {
    await measure('start', async () => {
      start = await measureStart(database.url, pairs);
    });
  }
  report = renderReport({ results, crowds, trials: trialResults, start });
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.stdout.write(`${report}\n`);
if (failed.length > 0) {
  process.stderr.write(`Not measured, and nothing written: ${failed.join(', ')}.\n`);
  process.exitCode = 1;
} else if (options.write) await writeReadme('bench', report);

/** The failure of one load leaves the others to be measured. */
async function measure(name: string, work: () => Promise<void>): Promise<void> {
  progress(name);
  try {
    await work();
  } catch (error) {
    failed.push(name);
    process.stderr.write(`${name} failed: ${Bun.inspect(error)}\n`);
  }
}

async function runLoad(load: Load, databaseUrl: string): Promise<Result> {
  await using ours = await load.prepare(openTambuli(databaseUrl), scale);
  await using raw = await load.prepare(load.stores ? openRawBunThatStores(databaseUrl) : openRawBun, scale);
  const rounds: { ours: readonly number[]; raw: readonly number[] }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    rounds.push({ ours: await ours.round(), raw: await raw.round() });
  }
  const column = (side: 'ours' | 'raw') =>
    load.measures.map((_, index) => rounds.map((round) => round[side][index] ?? Number.NaN));
  return { load, ours: column('ours'), raw: column('raw') };
}

/** The rows that the broadcast routes read. */
async function addDemoRows(url: string): Promise<void> {
  const limits = { queryTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  await using database = await openDatabase({ url, driver: 'auto', poolSize: 1, ...limits, log });
  await seedBarangay(database.db);
}

function progress(name: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${name}\n`);
}
