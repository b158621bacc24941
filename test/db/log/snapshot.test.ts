import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { readSnapshot } from '../../../src/db/log/snapshot.ts';
import { appendInTransaction } from '../../../src/db/log/transaction.ts';
import { startTestRelay } from '../../support/network/relay.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';

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
  await appendInTransaction(database, async (tx, publish) => {
    const { rows } = await tx.execute<{ n: number }>(
      sql`insert into counters values (${name}, 1) on conflict (name) do update set n = counters.n + 1 returning n`,
    );
    const data = JSON.stringify({ name, n: rows[0]?.n });
    for (const channel of to) publish({ id: crypto.randomUUID(), channel, type: 'raised', data });
  });
}

test('realtime_position is the position of the snapshot of its statement, and of no life for a channel without one', async () => {
  const positionIn = async (tx: Drizzle, channel: string) =>
    (await tx.execute<{ position: string }>(sql`select realtime_position(${channel}) as position`)).rows[0]
      ?.position;
  const channel = 'positions:7';
  expect(await positionIn(database.db, channel)).toBe('none:0');
  const { epoch } = await log.head(channel);
  await database.transaction(
    async (tx) => {
      expect(await positionIn(tx, channel)).toBe(`${epoch}:0`);
      await log.append([{ id: crypto.randomUUID(), channel, type: 'note', data: '1' }]);
      expect(await positionIn(tx, channel)).toBe(`${epoch}:0`);
    },
    { isolation: 'repeatable read' },
  );
  expect(await positionIn(database.db, channel)).toBe(`${epoch}:1`);
});

test('the data is that of the positions, whoever writes meanwhile', async () => {
  const snapshots: { data: Counters; offsets: Counters }[] = [];
  let writing = true;
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let n = 0; n < 80 || snapshots.length <= 50; n++) {
      await raise(`${writer}:left`, ['left']);
      await raise(`${writer}:both`, n % 2 ? ['right', 'left'] : ['left', 'right']);
    }
  });
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

describe('what triggers and the outbox publish', () => {
  /** Raises a counter, and drops its new value into the outbox. */
  const raiseLater = (name: string, channel: string) =>
    database.query(
      `with raised as (insert into counters values ($1, 1) on conflict (name) do update set n = counters.n + 1 returning n)
       select realtime_publish($2, 'raised', null, jsonb_build_object('name', $1::text, 'n', n)) from raised`,
      [name, channel],
    );
  const readCounter = (name: string) => async (tx: Drizzle) => {
    const { rows } = await tx.execute<{ n: number }>(sql`select n from counters where name = ${name}`);
    return rows[0]?.n ?? 0;
  };

  test('is in the log at the position of a snapshot that shows it, though no relay runs', async () => {
    const moved: string[] = [];
    const own = new PostgresEventLog(database, {
      onRelayed: ({ publications }) =>
        moved.push(...publications.map(({ channel, offset }) => `${channel} ${offset}`)),
    });
    await raiseLater('quiet', 'quiet');
    await raiseLater('quiet', 'quiet');
    await raiseLater('other', 'other');
    const { data, positions } = await readSnapshot(database, own, ['quiet'], readCounter('quiet'));
    expect(data).toBe(2);
    expect(positions.get('quiet')?.offset).toBe(2);
    expect(moved).toEqual(['quiet 1', 'quiet 2']);
    expect(await database.query('select channel from realtime_outbox')).toEqual([{ channel: 'other' }]);
    await database.query('delete from realtime_outbox');
  });

  test('never follows a snapshot that shows it, whoever writes and relays meanwhile', async () => {
    await using _relay = await startTestRelay(target.url);
    const snapshots: { data: number; offset: number }[] = [];
    let writing = true;
    let raised = 0;
    const writers = Array.from({ length: 3 }, async () => {
      for (let n = 0; n < 150 || snapshots.length <= 10; n++) {
        await raiseLater('busy', 'busy');
        raised += 1;
        if (n % 10 === 0)
          await log.append([{ id: crypto.randomUUID(), channel: 'busy', type: 'other', data: '0' }]);
      }
    });
    const reader = (async () => {
      while (writing) {
        const { data, positions } = await readSnapshot(database, log, ['busy'], readCounter('busy'));
        snapshots.push({ data, offset: positions.get('busy')?.offset ?? -1 });
      }
    })();
    await Promise.all(writers);
    writing = false;
    await reader;
    const settled = await readSnapshot(database, log, ['busy'], readCounter('busy'));
    const { publications } = await log.read('busy', 0, 10_000);
    expect(settled.data).toBe(raised);
    expect(settled.positions.get('busy')?.offset).toBe(publications.length);
    for (const { data, offset } of snapshots) {
      const told = publications.slice(0, offset).filter(({ type }) => type === 'raised').length;
      expect({ data, told }).toEqual({ data, told: data });
    }
  });

  test('is left to the relay where the database takes no writes', async () => {
    await raiseLater('stuck', 'stuck');
    const own = new PostgresEventLog(database);
    await own.head('stuck');
    const name = new URL(target.url).pathname.slice(1);
    await database.query(`alter database ${name} set default_transaction_read_only = on`);
    await using reading = await openTestDatabase(target.url);
    const { data, positions } = await readSnapshot(reading, own, ['stuck'], readCounter('stuck'));
    expect({ data, offset: positions.get('stuck')?.offset }).toEqual({ data: 1, offset: 0 });
    await database.query(`alter database ${name} reset default_transaction_read_only`);
    await database.query('delete from realtime_outbox');
  });
});
