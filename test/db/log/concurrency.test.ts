import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openTestDatabase } from '../../support/postgres/database.ts';
import type { Work } from '../../support/postgres/log-writer.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { runSeed } from '../../support/random.ts';
import { until } from '../../support/until.ts';

/** The clock of the machine, shared by the processes, is read in milliseconds. */
const clockMs = 2;

interface Row {
  readonly channel: string;
  readonly offset: string;
  readonly label: string;
  readonly created: string;
}

async function startWriter(url: string, writer: number, publishers: number, publications: number) {
  const script = join(import.meta.dir, '../../support/postgres/log-writer.ts');
  // Far enough apart for the publishers of each to have seeds of their own.
  const numbers = [publishers, publications, runSeed() + 100 * writer].map(String);
  const child = Bun.spawn([process.execPath, script, url, `p${writer}`, ...numbers], {
    stdin: 'pipe',
    stdout: 'pipe',
  });
  const reader = child.stdout.getReader();
  let text = '';
  while (!text.endsWith('\n')) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The writer ended with ${await child.exited}: ${text.slice(0, 200)}`);
    text += new TextDecoder().decode(value);
  }
  const stop = async () => {
    child.stdin.end();
    await child.exited;
  };
  return { work: JSON.parse(text) as Work[], stop };
}

/** 50,000 publications by 16 publishers in 3 processes, as the number in LOG_TEST_PUBLICATIONS says otherwise. */
test('every committed publication of many processes appears once, without a gap, in commit order', async () => {
  const total = Number(process.env['LOG_TEST_PUBLICATIONS'] ?? 50_000);
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const share = (publishers: number) => (total * publishers) / 16;
  const writers = await Promise.all(
    [5, 5, 6].map((publishers, n) => startWriter(target.url, n, publishers, share(publishers))),
  );
  await until(async () => (await database.query('select from realtime_outbox limit 1')).length === 0);
  await Promise.all(writers.map(({ stop }) => stop()));

  const work = writers.flatMap((writer) => writer.work);
  const rows = await database.query<Row>(
    `select channel, "offset", data #>> '{}' as label, created_at::text as created from realtime_publications
     order by channel, "offset"`,
  );
  const committed = work.filter((each) => each.committed).flatMap(({ labels }) => labels);
  expect(work.some((each) => !each.committed)).toBe(true);
  expect(committed.length).toBeGreaterThanOrEqual(total);
  expect(rows.map(({ label }) => label).toSorted()).toEqual(committed.toSorted());

  const workOf = new Map(
    work.flatMap((each) => each.labels.map((label, n) => [label, { ...each, n }] as const)),
  );
  for (const [channel, publications = []] of Object.entries(Object.groupBy(rows, (row) => row.channel))) {
    expect(publications.map(({ offset }) => Number(offset))).toEqual(publications.map((_, n) => n + 1));
    const times = publications.map(({ created }) => created);
    expect(times).toEqual(times.toSorted());
    for (const ways of [['append', 'transaction'], ['outbox']]) {
      const inOrder = publications
        .flatMap(({ label }) => workOf.get(label) ?? [])
        .filter(({ way }) => ways.includes(way));
      // Nothing that was committed before another began comes after it.
      let latestStart = 0;
      const late = inOrder.filter(({ start, end }) => {
        latestStart = Math.max(latestStart, start);
        return end + clockMs < latestStart;
      });
      expect({ channel, late }).toEqual({ channel, late: [] });
      // Publications of one publisher keep their order, within one of its transactions too.
      for (const own of Object.values(Object.groupBy(inOrder, ({ publisher }) => publisher))) {
        const order = (own ?? []).map(({ labels, n }) => Number(labels[n]?.split('/')[1]) * 100 + n);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
    }
  }
  const [statistics] = await database.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  expect(statistics).toEqual({ deadlocks: '0' });
}, 120_000);
