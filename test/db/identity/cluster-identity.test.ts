import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Database, Query } from '../../../src/db/connection/open.ts';
import { ClusterWatch } from '../../../src/db/identity/cluster-watch.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { createLogger } from '../../../src/logger.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';

/** A process that looks at the database it works on. */
async function openProcess(url: string) {
  const stack = new AsyncDisposableStack();
  const watch = new ClusterWatch(createLogger('silent'));
  let renewals = 0;
  watch.onRenewed(() => renewals++);
  const database = stack.use(
    await openTestDatabase(url, { onConnect: (query: Query) => watch.check(query) }),
  );
  return {
    watch,
    database,
    log: new PostgresEventLog(database),
    renewals: () => renewals,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

let target: TestDatabase;
let observer: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  observer = await openTestDatabase(target.url);
});

afterAll(async () => {
  await observer[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const epochs = async () =>
  new Map(
    (await observer.query<{ name: string; epoch: string }>('select name, epoch from realtime_channels')).map(
      ({ name, epoch }) => [name, epoch],
    ),
  );

describe('a database that stays what it is', () => {
  test('keeps its epochs, however many processes come and go', async () => {
    const seen = new Set<string>();
    for (let life = 0; life < 3; life++) {
      await using one = await openProcess(target.url);
      await one.log.append([draft('kept'), draft('other')]);
      await one.watch.check(one.database.query);
      expect(one.renewals()).toBe(0);
      const now = await epochs();
      for (const name of ['kept', 'other']) seen.add(`${name} ${now.get(name)}`);
    }
    expect(seen.size).toBe(2);
    const [row] = await observer.query<{ facts: object }>('select facts from realtime_cluster');
    expect(Object.keys(row?.facts ?? {}).sort()).toEqual(['database', 'system', 'table', 'timeline']);
  });

  test('keeps them when an answer about an earlier moment arrives after one about a later', async () => {
    await using process = await openProcess(target.url);
    const { watch, database, log, renewals } = process;
    // Each answer about the write-ahead log arrives after another connection has seen a later place in it.
    const overtaken: Query = async (text, ...rest) => {
      const rows = await database.query<never>(text, ...rest);
      if (!text.includes('pg_current_wal_lsn')) return rows;
      await log.append([draft('kept')]);
      await database.query('select pg_switch_wal()');
      await log.append([draft('kept')]);
      await watch.check(database.query);
      return rows;
    };
    await watch.check(overtaken);
    await watch.check(overtaken);
    expect(renewals()).toBe(0);
  });

  test('keeps them when the table is rewritten or a process may read less than others', async () => {
    await observer.query('vacuum full realtime_cluster');
    await observer.query('vacuum (freeze) realtime_cluster');
    const before = await epochs();
    await using narrow = await openProcess(target.url);
    await narrow.database.query('select 1');
    expect(narrow.renewals()).toBe(0);
    expect(await epochs()).toEqual(before);
  });
});

const changes = [
  ['another system', `facts || '{"system": "1"}'`],
  ['another timeline', `facts || '{"timeline": "00000009"}'`],
  ['another database', `facts || '{"database": "1"}'`],
  ['another table', `facts || '{"table": "1"}'`],
] as const;

describe.each(changes)('%s than the one the row was written in', (_, facts) => {
  test('gives every channel a new epoch once, before the first statement, whatever processes there are', async () => {
    await using first = await openProcess(target.url);
    await first.log.append([draft('kept'), draft('other')]);
    const before = await epochs();
    await observer.query(
      `update realtime_cluster set facts = ${facts}, written = pg_current_xact_id()::text`,
    );
    await using second = await openProcess(target.url);
    const [seen] = await second.database.query<{ epoch: string }>(
      `select epoch from realtime_channels where name = 'kept'`,
    );
    expect(seen?.epoch).not.toBe(before.get('kept'));
    const after = await epochs();
    for (const [name, epoch] of after) expect(epoch).not.toBe(before.get(name) ?? '');
    await first.watch.check(first.database.query);
    expect(await epochs()).toEqual(after);
    expect([first.renewals(), second.renewals()]).toEqual([0, 1]);
  });
});

test('a row that was copied, as a restore does, is not the original', async () => {
  await using one = await openProcess(target.url);
  const { epoch } = await one.log.head('kept');
  await observer.transaction(async (_, query) => {
    await query('create temporary table copy on commit drop as table realtime_cluster');
    await query('delete from realtime_cluster');
    await query('insert into realtime_cluster select * from copy');
  });
  await one.watch.check(one.database.query);
  expect((await one.log.head('kept')).epoch).not.toBe(epoch);
  expect(one.renewals()).toBe(1);
});

test('a write-ahead log that is shorter than it was is noticed by a process that saw the longer one', async () => {
  await using one = await openProcess(target.url);
  const { epoch } = await one.log.head('kept');
  const shorter: Query = async (text, values, how) => {
    const rows = await one.database.query(text, values, how);
    for (const row of rows as { facts?: { wal?: string } }[]) if (row.facts?.wal) row.facts.wal = '1';
    return rows as never;
  };
  await one.watch.check(shorter);
  expect((await one.log.head('kept')).epoch).not.toBe(epoch);
  const renewed = await epochs();
  await one.watch.check(shorter);
  expect(await epochs()).toEqual(renewed);
});

test('a renewal of many channels that is broken off goes on where it was, and renews each once', async () => {
  await observer.query(`insert into realtime_channels (name, epoch, last_offset)
    select 'many:' || n, 'before', 1 from generate_series(1, 12000) n`);
  await observer.query(
    `update realtime_cluster set facts = facts || '{"system": "1"}', written = pg_current_xact_id()::text`,
  );
  let steps = 0;
  const broken = new ClusterWatch(createLogger('silent'));
  const breaking: Query = (text, values, how) => {
    if (text.includes('batch as materialized') && ++steps > 1) throw new Error('killed');
    return observer.query(text, values, how);
  };
  await expect(broken.check(breaking)).rejects.toThrow('killed');
  const count = async (where: string) =>
    (await observer.query(`select from realtime_channels where name like 'many:%' and ${where}`)).length;
  expect(await count(`epoch = 'before'`)).toBeGreaterThan(5_000);
  const half = await epochs();
  await using other = await openProcess(target.url);
  await other.database.query('select 1');
  expect(await count(`epoch = 'before'`)).toBe(0);
  const done = await epochs();
  const kept = [...half].filter(([name, epoch]) => epoch !== 'before' && done.get(name) === epoch);
  expect(kept.length).toBeGreaterThan(4_000);
});
