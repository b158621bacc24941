import { describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { assignments, insertInto, rowJson } from '../../../src/db/writing/row-statements.ts';
import { type WriteStatement, writeInOne } from '../../../src/db/writing/write.ts';
import type { RequestKey } from '../../../src/realtime/publishing/idempotency.ts';
import { encodeFitting } from '../../../src/realtime/publishing/payload.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { hold } from '../../support/postgres/row-lock.ts';

const things = pgTable('things', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  name: text('name'),
  madeAt: timestamp('made_at', { withTimezone: true, mode: 'string' }).notNull().defaultNow(),
});
interface Thing {
  readonly id: number;
  readonly name: string | null;
  readonly madeAt: string;
}

const thing = rowJson('changed', { id: things.id, name: things.name, madeAt: things.madeAt });
const key: RequestKey = { scope: 'POST /things user ana', key: 'k', hash: 'h' };

const adding = (name: string | null, channels: readonly string[] = ['things']): WriteStatement => ({
  change: sql`${insertInto(things, { name }, sql`request`)} returning things.*`,
  result: thing,
  publications: channels.map((channel) => ({ channel, type: 'thing', eventType: 'created' })),
});

const renaming = (id: number, name: string): WriteStatement => ({
  change: sql`update things set ${assignments(things, { name })} from request where id = ${id} returning things.*`,
  result: thing,
  publications: [{ channel: sql`'thing:' || changed.id`, type: 'thing' }],
});

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url));
  await database.query(`create table things (id integer primary key generated always as identity, name text unique,
    made_at timestamptz not null default now())`);
  let ids = 0;
  const write = (statement: WriteStatement, request?: RequestKey, maxBytes = 131_072) =>
    writeInOne<Thing>(database, statement, { createId: () => `id-${++ids}`, maxBytes, request });
  const count = async (table: string) => (await database.query(`select from ${table}`)).length;
  const log = new PostgresEventLog(database);
  return { database, log, write, count, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a row and its publications are one statement, and the data is the row that the database has', async () => {
  await using subject = await openSubject();
  const written = await subject.write(adding('a "quoted" name', ['things', 'others']));
  const [row] = await subject.database.query<{ at: Date }>('select made_at as at from things');
  const expected = { id: 1, name: 'a "quoted" name', madeAt: row?.at.toISOString() ?? '' };
  expect(written).toMatchObject({ result: expected, repeated: false });
  expect(written?.publications.map(({ channel }) => channel)).toEqual(['things', 'others']);
  const { publications } = await subject.log.read('things', 0, 10);
  expect(publications).toEqual(written?.publications.slice(0, 1) ?? []);
  expect(publications[0]?.data).toBe(JSON.stringify(expected));
});

test('a statement that finds no row writes, publishes and keeps nothing', async () => {
  await using subject = await openSubject();
  expect(await subject.write(renaming(7, 'x'), key)).toBeUndefined();
  for (const table of ['realtime_publications', 'realtime_channels', 'realtime_idempotency_keys']) {
    expect(await subject.count(table)).toBe(0);
  }
});

test('a statement that is refused leaves neither row nor publication (R5)', async () => {
  await using subject = await openSubject();
  await subject.write(adding('taken'));
  await expect(subject.write(adding('taken'))).rejects.toMatchObject({ sqlState: '23505' });
  expect(await subject.count('realtime_publications')).toBe(1);
  expect((await subject.write(adding('free')))?.publications[0]?.offset).toBe(2);
});

test('of many writers each offset follows the one before, in the order of the commits', async () => {
  await using subject = await openSubject();
  const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
  const orders = [
    ['things', 'others'],
    ['others', 'things'],
  ];
  await Promise.all(names.map((name, index) => subject.write(adding(name, orders[index % 2]))));
  for (const channel of ['things', 'others']) {
    const { publications } = await subject.log.read(channel, 0, 100);
    expect(publications.map(({ offset }) => offset)).toEqual(names.map((_, index) => index + 1));
    const times = publications.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
  }
});

test('a request that comes again changes nothing and gets the first answer, also at the same moment', async () => {
  await using subject = await openSubject();
  const all = await Promise.all(Array.from({ length: 6 }, () => subject.write(adding(null), key)));
  const first = all.filter((each) => each?.repeated === false);
  expect(first).toHaveLength(1);
  for (const each of all) {
    expect(each?.result).toEqual(first[0]?.result as Thing);
    const { epoch, offset, id } = first[0]?.publications[0] ?? { epoch: '', offset: 0, id: '' };
    expect(each?.publications).toMatchObject([{ epoch, offset, id }]);
  }
  expect(await subject.count('things')).toBe(1);
  await expect(subject.write(adding(null), { ...key, hash: 'other' })).rejects.toMatchObject({
    code: 'idempotency_conflict',
  });
});

test('one statement publishes a row in parts, in the order of their places, among its other publications', async () => {
  await using subject = await openSubject();
  const parts = sql`select place, 'part ' || place as said from (values (2), (0), (1)) as given(place)`;
  const written = await subject.write({
    ...adding('whole'),
    publications: [
      { channel: 'things', type: 'before' },
      { each: parts, channel: 'things', type: 'part', data: sql`to_json(part.said)` },
      { each: sql`${parts} where false`, channel: 'others', type: 'none' },
      { channel: 'things', type: 'after' },
    ],
  });
  const told = written?.publications.map(({ type, data }) => (type === 'part' ? JSON.parse(data) : type));
  expect(told).toEqual(['before', 'part 0', 'part 1', 'part 2', 'after']);
  const { publications } = await subject.log.read('things', 0, 10);
  expect(publications).toEqual([...(written?.publications ?? [])]);
  expect(new Set(publications.map(({ id }) => id)).size).toBe(5);
  expect(await subject.count(`realtime_channels where name = 'others'`)).toBe(0);
});

describe('requests of one key that wait for the same row', () => {
  const onlyOnce: WriteStatement = {
    ...renaming(1, 'new'),
    before: { found: sql`select id from request, things where name = 'old' for update of things` },
    change: sql`update things set name = 'new' from found where things.id = found.id returning things.*`,
  };

  /** Results of three requests, all of which have begun before the first of them has changed anything. */
  async function together(holding: string, statement: WriteStatement) {
    await using subject = await openSubject();
    await subject.write(adding('old'));
    await using held = await hold(subject.database, holding);
    const all = Promise.all([1, 2, 3].map(() => subject.write(statement, key)));
    await held.waiting(3);
    await held.release();
    return (await all).map((each) => ({ result: each?.result, repeated: each?.repeated }));
  }

  test('get the first answer where the change would find no row any more', async () => {
    const results = await together('select from things for update', onlyOnce);
    expect(results.map(({ result }) => result?.name)).toEqual(['new', 'new', 'new']);
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
  });

  test('get the first answer where a constraint would refuse a second row', async () => {
    const results = await together(`insert into things (name) values ('new')`, adding('new'));
    expect(results.map(({ result }) => result?.name)).toEqual(['new', 'new', 'new']);
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
  });

  test('are refused as a conflict where they are other requests', async () => {
    await using subject = await openSubject();
    await subject.write(adding('old'));
    await using held = await hold(subject.database, 'select from things for update');
    const both = Promise.allSettled([
      subject.write(onlyOnce, key),
      subject.write(onlyOnce, { ...key, hash: 'other' }),
    ]);
    await held.waiting(2);
    await held.release();
    const refused = (await both).flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toMatchObject([{ code: 'idempotency_conflict' }]);
  });
});

test('a key whose lifetime is over is a new request', async () => {
  await using subject = await openSubject();
  await subject.write(adding(null), key);
  await subject.database.query(
    `update realtime_idempotency_keys set created_at = now() - interval '25 hours'`,
  );
  expect(await subject.write(adding(null), key)).toMatchObject({ repeated: false, result: { id: 2 } });
});

test('triggers that publish changes publish nothing of it, and the next statement is published', async () => {
  await using subject = await openSubject();
  const { query } = subject.database;
  await query(`create trigger t after insert on things for each row
    execute function realtime_publish_change('{"type":"thing","channels":["things"]}')`);
  await subject.write(adding('quiet'));
  expect(await subject.count('realtime_outbox')).toBe(0);
  await query(`insert into things (name) values ('loud')`);
  expect(await subject.count('realtime_outbox')).toBe(1);
});

test('changes that follow are part of it, and the heads wait for them', async () => {
  await using subject = await openSubject();
  await subject.database.query('create table notes (thing integer references things)');
  await subject.write({
    ...adding('noted'),
    after: { noted: sql`insert into notes select changed.id from changed returning 1` },
  });
  expect(await subject.database.query('select thing from notes')).toEqual([{ thing: 1 }]);
});

test('data over the limit is cut as that of a transaction, and the change is made', async () => {
  await using subject = await openSubject();
  const name = 'é'.repeat(3_000);
  const written = await subject.write(adding(name), undefined, 1_000);
  expect(written?.result.name).toBe(name);
  const told = JSON.parse(written?.publications[0]?.data ?? '');
  expect(told).toEqual(JSON.parse(encodeFitting(written?.result, 1_000)));
});

test('the database cuts data by the same rules as the server', async () => {
  await using subject = await openSubject();
  const row = {
    id: 7,
    empty: {},
    list: Array.from({ length: 500 }, (_, n) => ({ n })),
    text: 'x'.repeat(20_000),
  };
  const deep = { a: { b: { c: 'y'.repeat(9_000) } }, nothing: null, yes: true };
  for (const value of [
    row,
    deep,
    { zero: '\0', long: 'z'.repeat(9_000) },
    ['a'.repeat(5_000)],
    'b'.repeat(5_000),
  ]) {
    for (const bytes of [60_000, 8_500, 3_000, 200, 30]) {
      const [found] = await subject.database.query<{ fitting: string }>(
        'select public.realtime_fitting($1::json, $2)::text as fitting',
        [JSON.stringify(value), bytes],
      );
      expect(found?.fitting.length).toBeLessThanOrEqual(bytes);
      const told = JSON.parse(found?.fitting ?? '') as { truncated?: true };
      if (JSON.stringify(value).length > bytes) expect(told.truncated).toBe(true);
      else expect(told).toEqual(value as object);
    }
  }
});
