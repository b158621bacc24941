import { openTestDatabase } from '../../test/support/postgres/database.ts';
import { startServerProcess } from '../../test/support/processes/process.ts';
import { createSeededDatabase } from '../../test/support/services/gateway-service.ts';
import { enterAs } from './dialects.ts';
import { lookAt } from './operate-page.ts';

/**
 * The operator's view over many sessions and channels, of two processes: the time that each question takes, the lateness
 * of a server's timers meanwhile, the page in Chromium while one process is killed, and what it costs the database to be
 * looked at. `bun bench/crowd/operate.ts [sessions] [channels]`
 */
const [sessions = 10_000, channels = 100_000] = process.argv.slice(2).map(Number);
const connectingAtOnce = 64;
const repeats = 20;
const quietMs = 30_000;

await using opened = new AsyncDisposableStack();
const database = opened.use(await createSeededDatabase());
const connection = opened.use(await openTestDatabase(database.url));
await connection.query(
  `insert into realtime_channels (name, epoch) select 'case:' || n, 'e' from generate_series(1, $1::integer) n`,
  [channels],
);
await connection.query('analyze realtime_channels');
const env = {
  DATABASE_URL: database.url,
  DOMAINS: 'barangay',
  BROKER: 'postgres',
  LOG_LEVEL: 'info',
  HEARTBEAT_MS: '600000',
};
const servers = [opened.use(startServerProcess(env)), opened.use(startServerProcess(env))] as const;
const urls = await Promise.all(servers.map((server) => server.listening()));
const [url = ''] = urls;
const ports = urls.map((each) => Number(new URL(each).port));
let next = 0;
await Promise.all(
  Array.from({ length: connectingAtOnce }, async () => {
    while (next < sessions) {
      const port = ports[next % ports.length] ?? 0;
      const socket = await enterAs({ port, dialect: 'native' }, `u${next++}`, ['hearings'], () => undefined);
      opened.defer(() => socket.close());
    }
  }),
);

const before = await lateness();
const api = '/api/operate';
const rows: [what: string, times: number[]][] = [];
for (const [what, path] of [
  ['overview', `${api}/overview`],
  ['sessions, first page', `${api}/sessions`],
  ['sessions of one user', `${api}/sessions?user=u${sessions - 1}`],
  ['channels, first page', `${api}/channels`],
  ['channels by a beginning', `${api}/channels?search=case:9999`],
  ['one channel with all readers', `${api}/channels/hearings`],
  ['why', `${api}/why?user=u1&channel=hearings`],
] as const) {
  const times: number[] = [];
  for (let turn = 0; turn < repeats; turn += 1) times.push(await timed(path));
  rows.push([what, times]);
}
const pages: number[] = [];
for (let cursor: string | null = ''; cursor !== null; ) {
  const startedAt = performance.now();
  const page = (await get(`${api}/sessions?limit=200${cursor && `&cursor=${cursor}`}`)) as Page;
  pages.push(performance.now() - startedAt);
  cursor = page.nextCursor;
}
rows.push(['all sessions, each page of 200', pages]);
const after = await lateness();

for (const [what, times] of rows) {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(`${what.padEnd(34)} median ${at(0.5)} ms, slowest ${at(1)} ms, of ${times.length}\n`);
}
// Postgres adds what a connection did only once that has been idle for some seconds.
await Bun.sleep(quietMs);
const unwatched = await transactionsASecond();
let watched = Number.NaN;
const looked = await lookAt(
  url,
  async () => {
    watched = await transactionsASecond();
  },
  () => servers[1].kill('SIGKILL'),
);
const ms = (time: number) => `${time.toFixed(0)} ms`;
process.stdout.write(`page in Chromium, to its verdict         ${ms(looked.opened)}\n`);
for (const [view, time] of Object.entries(looked.views)) {
  process.stdout.write(`page, ${view.padEnd(33)}  ${ms(time)}\n`);
}
process.stdout.write(`page, a killed process is named          ${ms(looked.noticed)}\n`);
process.stdout.write(`page, tasks over 50 ms: ${looked.longTasks}, the longest ${ms(looked.longestTask)}\n`);
process.stdout.write(
  `transactions a second of both: ${unwatched.toFixed(2)} unwatched, ${watched.toFixed(2)} watched\n`,
);
const [fine, all] = [after.fine - before.fine, after.all - before.all];
process.stdout.write(`timers of the server within 25 ms: ${fine} of ${all}\n`);

interface Page {
  readonly nextCursor: string | null;
}

async function get(path: string): Promise<unknown> {
  const response = await fetch(url + path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function timed(path: string): Promise<number> {
  const startedAt = performance.now();
  await get(path);
  return performance.now() - startedAt;
}

/** The transactions of the whole database, over some quiet time. The statement that counts them is counted too. */
async function transactionsASecond(): Promise<number> {
  const count = async () => {
    const [row] = await connection.query<{ count: string }>(
      `select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()`,
    );
    return Number(row?.count);
  };
  const first = await count();
  await Bun.sleep(quietMs);
  return ((await count()) - first) / (quietMs / 1_000);
}

/** The number of timers of 100 ms, and of those that fired within 25 ms of their time. */
async function lateness(): Promise<{ readonly fine: number; readonly all: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (le: string) =>
    Number(text.match(new RegExp(`event_loop_lag_seconds_bucket\\{le="${le}"\\} (\\d+)`))?.[1] ?? 0);
  return { fine: read('0.025'), all: read('\\+Inf') };
}
