import { afterAll, beforeAll, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { PostgresEventLog } from '../../src/db/event-log.ts';
import type { Database } from '../../src/db/open.ts';
import { readSnapshot } from '../../src/db/snapshot.ts';
import { publishInTransaction } from '../../src/db/transaction.ts';
import { openTestDatabase } from '../support/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let target: TestDatabase;
let database: Database;
let log: PostgresEventLog;
beforeAll(async () => {
  target = await createTestDatabase();
  database = await openTestDatabase(target.url, { poolSize: 12 });
  log = new PostgresEventLog(database);
  await database.query('create table counters (name text primary key, n int not null)');
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

const channels = ['left', 'right'];
type Counters = Record<string, number>;

/** Raises one counter, and says its new value on a channel, or on both. */
async function raise(name: string, to: readonly string[]): Promise<void> {
  await publishInTransaction(database, async (tx, publish) => {
    const { rows } = await tx.execute<{ n: number }>(
      sql`insert into counters values (${name}, 1) on conflict (name) do update set n = counters.n + 1 returning n`,
    );
    const data = JSON.stringify({ name, n: rows[0]?.n });
    for (const channel of to) publish({ id: crypto.randomUUID(), channel, type: 'raised', data });
  });
}

test('the data is that of the positions, whoever writes meanwhile', async () => {
  let writing = true;
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let n = 0; n < 80; n++) {
      await raise(`${writer}:left`, ['left']);
      await raise(`${writer}:both`, n % 2 ? ['right', 'left'] : ['left', 'right']);
    }
  });
  const snapshots: { data: Counters; offsets: Counters }[] = [];
  const readers = Array.from({ length: 3 }, async () => {
    while (writing) {
      const { data, positions } = await readSnapshot(database, log, channels, async (tx) => {
        const { rows } = await tx.execute<{ name: string; n: number }>(sql`select name, n from counters`);
        return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
      });
      const offsets = Object.fromEntries([...positions].map(([channel, { offset }]) => [channel, offset]));
      snapshots.push({ data, offsets });
    }
  });
  await Promise.all(writers);
  writing = false;
  await Promise.all(readers);

  expect(snapshots.length).toBeGreaterThan(50);
  const history = new Map(
    await Promise.all(
      channels.map(async (channel) => [channel, (await log.read(channel, 0, 10_000)).publications] as const),
    ),
  );
  for (const { data, offsets } of snapshots) {
    for (const channel of channels) {
      const told: Counters = {};
      for (const publication of history.get(channel)?.slice(0, offsets[channel]) ?? []) {
        const { name, n } = JSON.parse(publication.data) as { name: string; n: number };
        expect(n).toBe((told[name] ?? 0) + 1);
        told[name] = n;
      }
      const seen = Object.entries(data).filter(([name]) => channel === 'left' || name.endsWith('both'));
      expect(told).toEqual(Object.fromEntries(seen));
    }
  }
});

test('a channel that never had a publication has the position it keeps', async () => {
  const read = () => readSnapshot(database, log, ['new', 'left', 'newer'], () => Promise.resolve('data'));
  const { data, positions } = await read();
  expect(data).toBe('data');
  expect([...positions.keys()]).toEqual(['new', 'left', 'newer']);
  expect(positions.get('new')).toEqual({ epoch: expect.any(String), offset: 0 });
  expect((await read()).positions).toEqual(positions);
  expect(await log.head('new')).toEqual(positions.get('new') ?? { epoch: '', offset: -1 });
});

test('what fails while it reads is thrown', async () => {
  const read = readSnapshot(database, log, ['left'], () => Promise.reject(new Error('no such row')));
  await expect(read).rejects.toThrow('no such row');
});
