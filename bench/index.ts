import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { createLogger } from '../src/logger.ts';
import { type Load, loads } from './loads.ts';
import { insertReport, type Result, renderReport } from './report.ts';
import { type OpenSide, openRawBun, openTambuli } from './sides.ts';
import { measureStart, type StartCosts } from './start.ts';

const usage = `bun run bench [--quick] [--only <load>] | --write
  --write puts the table of a whole run into README.md
  loads: ${[...loads.map((load) => load.name), 'start'].join(', ')}
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const chosen = loads.filter(({ name }) => !options.only || name === options.only);
const partial = options.quick || options.only !== undefined;
if (options.help || (options.write && partial) || (chosen.length === 0 && options.only !== 'start')) {
  process.stdout.write(usage);
  process.exit(options.help ? 0 : 64);
}

const pairs = options.quick ? 3 : 9;
const scale = options.quick ? 0.4 : 1;
const log = createLogger('warn');
const directory = await mkdtemp(join(tmpdir(), 'tambuli-bench-'));
// Run by root, Postgres runs as somebody else, who has to get in.
await chmod(directory, 0o711);
let report: string;
try {
  await using database = await openEmbedded({ directory, log });
  await migrate({ url: database.url, domains: ['barangay'], log });
  const results: Result[] = [];
  for (const load of chosen) results.push(await runLoad(load, openTambuli(database.url)));
  let start: StartCosts | undefined;
  if (!options.only || options.only === 'start') {
    progress('start');
    start = await measureStart(database.url, pairs);
  }
  report = renderReport(results, start);
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.stdout.write(`${report}\n`);
if (options.write) await writeReadme(report);

async function runLoad(load: Load, openOurs: OpenSide): Promise<Result> {
  progress(load.name);
  await using ours = await load.prepare(openOurs, scale);
  await using raw = await load.prepare(openRawBun, scale);
  const rounds: { ours: readonly number[]; raw: readonly number[] }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    rounds.push({ ours: await ours.round(), raw: await raw.round() });
  }
  const column = (side: 'ours' | 'raw') =>
    load.measures.map((_, index) => rounds.map((round) => round[side][index] ?? Number.NaN));
  return { load, ours: column('ours'), raw: column('raw') };
}

function progress(name: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${name}\n`);
}

async function writeReadme(text: string): Promise<void> {
  const path = join(import.meta.dir, '../README.md');
  const file = Bun.file(path);
  const written = (await file.exists()) ? insertReport(await file.text(), text) : undefined;
  if (written === undefined) process.stderr.write('README.md has no <!-- bench --> marks: only printed.\n');
  else await Bun.write(path, written);
}
