import { openTestDatabase } from '../../test/support/postgres/database.ts';
import { seededRandom } from '../../test/support/random.ts';
import { until } from '../../test/support/until.ts';
import { chaosTables, committed, Journal } from '../chaos/journal.ts';
import { type Child, spawnChild } from '../child.ts';
import type { Listening } from '../publications/messages.ts';
import { fillCaches } from './caches.ts';
import { churn, type Tally } from './churn.ts';
import { ControlReader, followers } from './control-readers.ts';
import { Publishing } from './publishing.ts';
import type { Sample, Samples, SoakRequest } from './samples.ts';
import type { World } from './world.ts';

export interface SoakOptions {
  /** Migrated. */
  readonly databaseUrl: string;
  readonly minutes: number;
  /** Clients that begin in a second. */
  readonly perSecond: number;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

export interface SoakResult {
  /** One for each server. */
  readonly samples: readonly Samples[];
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly readers: readonly ControlReader[];
  /** In the log of the channels that the control readers read. */
  readonly publications: number;
  /** Acknowledged and not in the log, or never received by a control reader. */
  readonly lost: number;
  /** In the log and never acknowledged, or received twice. */
  readonly duplicated: number;
  readonly disordered: readonly string[];
  /** Sessions that the servers ended, by the reason in the close code. */
  readonly ended: ReadonlyMap<string, number>;
}

type Server = Child<SoakRequest>;

const servers = 2;
const channels = ['open:1', 'open:2', 'open:3', 'open:4'];
const sampleMs = 10_000;
/** Until all code has run, and has been compiled as often as it ever is. */
const longestWarmUpMs = 90_000;
/** Presence is left with delay; a client may be found dead only after two heartbeats and a close to which it never replies. */
const [leastDepartureMs, longestDepartureMs] = [20_000, 60_000];

/** Clients of all kinds come and go for so long, while control readers have to get everything. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { databaseUrl, minutes, perSecond, seed, progress } = options;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTestDatabase(databaseUrl, { poolSize: 1, queryTimeoutMs: 60_000 }));
  for (const table of chaosTables) await database.query(table);
  const children: Server[] = [];
  const urls: string[] = [];
  for (let number = 0; number < servers; number++) {
    const child = opened.use(spawnChild<SoakRequest>('servers/soak-server.ts', [databaseUrl]));
    children.push(child);
    urls.push(`http://127.0.0.1:${(await child.next<Listening>()).port}`);
  }
  const random = seededRandom(seed);
  const pick = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T;
  const publishing = new Publishing(() => pick(urls), channels);
  const disordered: string[] = [];
  let users = 0;
  const world: World = {
    random,
    url: () => pick(urls),
    newUser: () => `user${++users}`,
    channel: () => pick(channels),
    since: (channel) => publishing.since(channel, random()),
    disordered: (what) => disordered.push(what),
  };
  const journal = new Journal();
  const load = async (ms: number) => {
    const publications = new AbortController();
    const published = publishing.run(publications.signal);
    // The last to come still wait for publications.
    const tallies = await churn(world, perSecond, AbortSignal.timeout(ms));
    publications.abort();
    await published;
    return tallies;
  };

  progress('warming up');
  await fillCaches(urls);
  await load(Math.min(longestWarmUpMs, minutes * 30_000));
  const before = await departed(children);

  const reading = new AbortController();
  const readers = await startReaders(urls, journal, reading.signal);
  const during: (readonly Sample[])[] = [];
  const ended = load(minutes * 60_000);
  const deadline = performance.now() + minutes * 60_000;
  for (let next = performance.now() + sampleMs; next <= deadline; next += sampleMs) {
    await Bun.sleep(next - performance.now());
    const samples = await sampleAll(children);
    during.push(samples);
    progress(samples.map(describe).join(' | '));
  }
  const tallies = await ended;
  const truth = await committed(database, channels);
  await until(() => readers.every((reader) => reader.reached(truth)), 30_000).catch(() => undefined);
  reading.abort();
  journal.verify(truth);
  const after = await departed(children);
  const acknowledged = [...channels].reduce((sum, channel) => sum + (publishing.counts.get(channel) ?? 0), 0);
  const sum = (of: (reader: ControlReader) => number) => readers.reduce((all, each) => all + of(each), 0);
  return {
    samples: children.map((_, index) => ({
      before: before[index] as Sample,
      during: during.map((samples) => samples[index] as Sample),
      after: after[index] as Sample,
    })),
    tallies,
    readers,
    publications: truth.length,
    lost: Math.max(0, acknowledged - truth.length) + sum((reader) => reader.missed(truth)),
    duplicated: Math.max(0, truth.length - acknowledged) + sum((reader) => reader.repeated),
    disordered: [
      ...disordered,
      ...readers.flatMap(({ name, disordered }) => (disordered ? [`${name}: ${disordered}`] : [])),
      ...(journal.mismatched ? [`${journal.mismatched} not what the log holds`] : []),
    ],
    ended: await endedBy(urls),
  };
}

/** Every transport on every server. */
async function startReaders(urls: readonly string[], journal: Journal, signal: AbortSignal) {
  const readers: ControlReader[] = [];
  for (const [index, url] of urls.entries()) {
    for (const [transport, follow] of Object.entries(followers)) {
      const reader = new ControlReader(`${transport} of server ${index + 1}`, channels, journal);
      readers.push(reader);
      await follow(url, reader, signal);
    }
  }
  return readers;
}

const sampleAll = (children: readonly Server[]) =>
  Promise.all(children.map((child) => child.ask<Sample>('sample')));

/** The last sample, once nobody is left, or when nobody else will go. */
async function departed(children: readonly Server[]): Promise<readonly Sample[]> {
  const errors: string[][] = children.map(() => []);
  const from = performance.now();
  for (;;) {
    const samples = await sampleAll(children);
    for (const [index, sample] of samples.entries()) errors[index]?.push(...sample.errors);
    const waited = performance.now() - from;
    const alone = samples.every(({ sessions }) => sessions === 0);
    if (waited > longestDepartureMs || (alone && waited > leastDepartureMs)) {
      return samples.map((sample, index) => ({ ...sample, errors: errors[index] ?? [] }));
    }
    await Bun.sleep(2_000);
  }
}

async function endedBy(urls: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const ended = new Map<string, number>();
  for (const url of urls) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, reason = '', count] of text.matchAll(/sessions_ended_total\{reason="(\w+)"\} (\d+)/g)) {
      ended.set(reason, (ended.get(reason) ?? 0) + Number(count));
    }
  }
  return ended;
}

function describe({ rss, heap, handles, timers, sessions, lagMs, errors }: Sample): string {
  const megabytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
  return `rss ${megabytes(rss)} heap ${megabytes(heap)} handles ${handles} timers ${timers} sessions ${sessions} lag ${lagMs.toFixed(0)} ms errors ${errors.length}`;
}
