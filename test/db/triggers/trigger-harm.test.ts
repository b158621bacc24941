import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import pg from 'pg';
import type { Database } from '../../../src/db/connection/open.ts';
import type { PublishedTable } from '../../../src/db/triggers/published-table.ts';
import { installTriggers, removeTriggers, stateOf } from '../../../src/db/triggers/triggers.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, startPostgres, type TestDatabase } from '../../support/postgres/postgres.ts';

/** R7: whatever a trigger cannot publish, the application's write is done. */

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openTestDatabase(target.url);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const tables: readonly PublishedTable[] = [
  { table: 'notes', type: 'note', channels: ['notes', 'note:{id}'] },
];

/** A new table `notes` that publishes. */
async function createNotes(definition: string): Promise<void> {
  await database.query(`drop table if exists notes cascade; create table notes ${definition}`);
  await database.transaction((_, query) => installTriggers(query, tables));
}

interface Dropped {
  readonly channel: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

const takeOutbox = () =>
  database.query<Dropped>(
    'delete from realtime_outbox returning channel, event_type as event, data::text::json',
  );
const takeTexts = async () => {
  const rows = await database.query<{ data: string }>('delete from realtime_outbox returning data::text');
  return [...new Set(rows.map(({ data }) => data))];
};
const takeDeadLetters = () =>
  database.query<{ channel: string; reason: string; is_reported: boolean }>(
    'delete from realtime_dead_letters returning channel, reason, is_reported',
  );

beforeEach(async () => {
  await database.query('truncate realtime_outbox, realtime_dead_letters');
});

describe('a row whose values no text or number can hold is published as JSON has them', () => {
  const values: readonly (readonly [type: string, value: string, spelled: string])[] = [
    ['json', String.raw`'{"a":"\u0000"}'`, String.raw`{"a":"\u0000"}`],
    // The escaped name of a member may say anything, so it is read, and no text can hold it.
    ['json', String.raw`'{"\u0000":"\ud800"}'`, '{"\ufffd":"\\ufffd"}'],
    ['json', String.raw`'["\udc00", 1e400]'`, String.raw`["\udc00", 1e400]`],
    [
      'json',
      String.raw`'{"pin":1,"x":"\u0000\ud800","y":"\\u0000"}'`,
      String.raw`{"x":"\ufffd\ufffd","y":"\\u0000"}`,
    ],
    ['json', String.raw`'{"p\u0069n":1,"b":[{"accessToken":"x","c":2}]}'`, '{"b":[{"c":2}]}'],
    ['numeric', `'NaN'`, '"NaN"'],
    ['numeric', `'-Infinity'`, '"-Infinity"'],
    ['numeric', '1234567890123456789012345678901234567890.5', '1234567890123456789012345678901234567890.5'],
    ['double precision', `'Infinity'`, '"Infinity"'],
    ['double precision', '0.1', '0.1'],
    ['real', `'NaN'`, '"NaN"'],
    ['date', `'infinity'`, '"infinity"'],
    ['date', `'0044-03-15 BC'`, '"0044-03-15 BC"'],
    ['timestamp', `'-infinity'`, '"-infinity"'],
    ['timestamptz', `'infinity'`, '"infinity"'],
    ['timestamptz', `'20000-01-01 00:00:00Z'`, '"20000-01-01 00:00:00+00"'],
    ['timestamptz', `'2025-01-02 03:04:05.678999+08'`, '"2025-01-01T19:04:05.678Z"'],
    ['timestamp', `'2025-01-02 03:04:05.678999'`, '"2025-01-02T03:04:05.678Z"'],
    ['timestamptz[]', `array['2025-01-02 03:04:05+00']::timestamptz[]`, '["2025-01-02T03:04:05.000Z"]'],
    ['interval', `'1 mon 2 days 03:04:05'`, '"P1M2DT3H4M5S"'],
    ['bytea', String.raw`'\x00ff'`, String.raw`"\\x00ff"`],
    ['text', `E'\\x01\\u2028'`, '"\\u0001\u2028"'],
    ['text[]', `array['a', null, '"']`, String.raw`["a",null,"\""]`],
    ['int4range', `'[1,4)'`, '"[1,4)"'],
    ['money', `'1.5'`, '"$1.50"'],
    ['xml', `'<a/>'`, '"<a/>"'],
    ['time with time zone', `'09:00+08'`, '"09:00:00+08"'],
  ];
  for (const [type, value, spelled] of values) {
    test(`${type} ${value}`, async () => {
      await createNotes(`(id integer primary key, status text, content ${type})`);
      const row = (status: string) => `{"id":1,"status":"${status}","content":${spelled}}`;
      await database.query(`insert into notes values (1, 'a', ${value})`);
      expect(await takeTexts()).toEqual([row('a')]);
      await database.query(`update notes set status = 'b'`);
      expect(await takeTexts()).toEqual([row('b')]);
      await database.query('delete from notes');
      expect(await takeTexts()).toEqual([row('b')]);
      expect(await takeDeadLetters()).toEqual([]);
    });
  }
});

test('the settings of the application’s session change nothing of what is published', async () => {
  const definition =
    '(id integer primary key, at timestamptz, plain timestamp, i interval, b bytea, f double precision, m money, names text[])';
  const write = `insert into notes values (1, '2025-01-02 03:04:05.678+00', '2025-01-02 03:04:05.678',
    interval '26 hours', decode('00ff', 'hex'), 0.1::double precision / 3, 1.5::numeric::money, array['NULL', null])`;
  await createNotes(definition);
  await database.query(write);
  const usual = await takeTexts();
  await createNotes(definition);
  await database.transaction(async (_, query) => {
    await query(`set local datestyle = 'German, DMY'; set local timezone = 'Asia/Kathmandu';
      set local intervalstyle = 'sql_standard'; set local bytea_output = 'escape'; set local extra_float_digits = -15;
      set local standard_conforming_strings = off; set local array_nulls = off; set local search_path = ''`);
    await query(write.replace('into notes', 'into public.notes'));
  });
  expect(await takeTexts()).toEqual(usual);
  expect(usual).toEqual([
    '{"id":1,"at":"2025-01-02T03:04:05.678Z","plain":"2025-01-02T03:04:05.678Z","i":"PT26H","b":"\\\\x00ff",' +
      '"f":0.03333333333333333,"m":"$1.50","names":["NULL",null]}',
  ]);
});

test('columns may be called anything', async () => {
  const names = [
    'id',
    'wire',
    'members',
    'content',
    'event',
    'target',
    'compared',
    'published',
    'new_row',
    'old_row',
    'n',
  ];
  const odd = [
    ...names,
    'data',
    'element',
    'each',
    'value',
    'a"b',
    "c'd",
    '%s',
    '{id}',
    'é',
    'old_rows',
    'place',
    'name',
  ];
  await createNotes(`(${odd.map((name) => `"${name.replaceAll('"', '""')}" integer`)})`);
  await database.query(`insert into notes values (${odd.map((_, n) => n)})`);
  await database.query('update notes set id = 100');
  await database.query('delete from notes');
  expect((await takeOutbox()).map(({ event, data }) => `${event} ${Object.values(data).length}`)).toEqual(
    ['created', 'created', 'updated', 'updated', 'deleted', 'deleted'].map(
      (event) => `${event} ${odd.length}`,
    ),
  );
  expect(await takeDeadLetters()).toEqual([]);
});

test('of a row that is too large its primary key leaves', async () => {
  await createNotes('(id text, part integer, content text, primary key (id, part))');
  await database.query(`insert into notes select 'a', 7, repeat('é', 3000000)`);
  expect(await takeOutbox()).toEqual([
    { channel: 'notes', event: 'created', data: { id: 'a', part: 7 } },
    { channel: 'note:a', event: 'created', data: { id: 'a', part: 7 } },
  ]);
});

test('a table without a primary key tells old rows from new ones', async () => {
  await createNotes('(id integer, status text, content text)');
  await database.query(`insert into notes select n, 's', 'x' from generate_series(1, 3) n`);
  await takeOutbox();
  await database.query(
    `update notes set id = id + 10, status = case id when 2 then 't' else status end where id > 1`,
  );
  expect((await takeOutbox()).map(({ channel, event }) => `${channel} ${event}`)).toEqual([
    'notes status_changed',
    'note:12 status_changed',
    'notes updated',
    'note:13 updated',
  ]);
});

test('installs and removals at the same time wait for each other', async () => {
  await createNotes('(id integer primary key, status text)');
  const change = (work: typeof installTriggers) => database.transaction((_, query) => work(query, tables));
  const works = [
    removeTriggers,
    removeTriggers,
    installTriggers,
    installTriggers,
    removeTriggers,
    installTriggers,
  ];
  await Promise.all(works.map(change));
  await Promise.all([installTriggers, installTriggers, installTriggers].map(change));
  expect(await database.transaction((_, query) => stateOf(query, tables[0] as PublishedTable))).toBe(
    'installed',
  );
  await Promise.all([removeTriggers, removeTriggers, removeTriggers].map(change));
  expect(await database.transaction((_, query) => stateOf(query, tables[0] as PublishedTable))).toBe(
    'absent',
  );
});

test('a table that inherits publishes what is written to it by its own name, once, until the triggers are removed', async () => {
  await database.query(`drop table if exists notes cascade; create table notes (id integer, status text)`);
  await database.query(
    `create table calls (number text) inherits (notes); create table late_calls () inherits (calls)`,
  );
  await database.transaction((_, query) => installTriggers(query, tables));
  expect(await database.transaction((_, query) => stateOf(query, tables[0] as PublishedTable))).toBe(
    'installed',
  );
  await database.query(`insert into late_calls values (1, 'a', '7')`);
  await database.query(`update notes set status = 'b'`);
  const published = await takeOutbox();
  expect(
    published.filter(({ channel }) => channel === 'notes').map(({ event, data }) => [event, data]),
  ).toEqual([
    ['created', { id: 1, status: 'a', number: '7' }],
    ['status_changed', { id: 1, status: 'b' }],
  ]);
  await database.transaction((_, query) => removeTriggers(query, tables));
  expect(await database.query(`select from pg_trigger where tgname like 'tambuli%'`)).toEqual([]);
});

describe('a partitioned table publishes what is written', () => {
  const lines = async () => (await takeOutbox()).map(({ channel, event }) => `${channel} ${event}`);

  beforeEach(async () => {
    await createNotes('(id integer, status text) partition by range (id)');
    await database.query(`create table notes_1 partition of notes for values from (0) to (10);
      create table notes_2 partition of notes for values from (10) to (20)`);
    expect(await database.transaction((_, query) => stateOf(query, tables[0] as PublishedTable))).toBe(
      'outdated',
    );
    await database.transaction((_, query) => installTriggers(query, tables));
  });

  test('to the whole', async () => {
    await database.query(`insert into notes values (1, 'a'), (11, 'b')`);
    expect(await lines()).toEqual(['notes created', 'note:1 created', 'notes created', 'note:11 created']);
  });

  test('to a partition by its name', async () => {
    await database.query(`insert into notes_2 values (12, 'b')`);
    expect(await lines()).toEqual(['notes created', 'note:12 created']);
  });

  test('when a row moves to another partition', async () => {
    await database.query(`insert into notes values (1, 'a'), (2, 'b')`);
    await lines();
    await database.query('update notes set id = id + 10 where id = 2');
    expect(await lines()).toEqual(['notes updated', 'note:12 updated']);
  });
});

describe('every way to write publishes', () => {
  const lines = async () => (await takeOutbox()).map(({ channel, event }) => `${channel} ${event}`);

  beforeEach(async () => {
    await createNotes('(id integer primary key, status text)');
    await database.query(`insert into notes values (1, 'a'), (2, 'b')`);
    await takeOutbox();
  });

  const ways: readonly (readonly [statement: string, published: readonly string[]])[] = [
    [
      `insert into notes values (2, 'c'), (3, 'd') on conflict (id) do update set status = excluded.status`,
      ['notes created', 'note:3 created', 'notes status_changed', 'note:2 status_changed'],
    ],
    [
      `merge into notes using (values (1), (5)) given (n) on id = n
       when matched then delete when not matched then insert values (n, 'x')`,
      ['notes created', 'note:5 created', 'notes deleted', 'note:1 deleted'],
    ],
    [
      `with one as (update notes set status = 'x' where id = 1 returning id) update notes set status = 'y' where id = 2`,
      ['notes status_changed', 'note:1 status_changed', 'notes status_changed', 'note:2 status_changed'],
    ],
    ['truncate notes', ['notes truncated']],
    [`update notes set status = 'z' where id > 5`, []],
  ];
  for (const [statement, published] of ways) {
    test(statement.split(/\s+/).slice(0, 6).join(' '), async () => {
      await database.query(statement);
      expect((await lines()).toSorted()).toEqual([...published].toSorted());
    });
  }

  test('copy', async () => {
    await database.query(`copy notes from program 'printf "7\\\\tx\\\\n8\\\\ty\\\\n"'`);
    expect(await lines()).toEqual(['notes created', 'note:7 created', 'notes created', 'note:8 created']);
  });
});

describe('the application’s write is done, and what could not be published is put aside,', () => {
  beforeEach(() => createNotes('(id text primary key, status text)'));

  test('when a channel cannot be called after the row', async () => {
    await database.query(`insert into notes values (repeat('x', 300), 'a')`);
    expect((await takeOutbox()).map(({ channel }) => channel)).toEqual(['notes']);
    expect(await takeDeadLetters()).toMatchObject([
      {
        channel: `note:${'x'.repeat(300)}`,
        reason: expect.stringContaining('at most 200'),
        is_reported: false,
      },
    ]);
  });

  test('when a column that the triggers name is gone', async () => {
    await database.query(`alter table notes rename column id to code; insert into notes values ('a', 'b')`);
    expect((await takeOutbox()).map(({ channel }) => channel)).toEqual(['notes']);
    await database.query('alter table notes rename column code to id');
  });

  test('when one row of many is in the way, for that row alone', async () => {
    await database.query(`create function spoil() returns trigger language plpgsql as $$ begin
      if new.channel in ('note:37', 'note:74') then raise 'no' using errcode = '22000'; end if; return new; end $$;
      create trigger spoil before insert on realtime_outbox for each row execute function spoil()`);
    await database.query(`insert into notes select n, 'a' from generate_series(1, 100) n`);
    const dropped = await takeOutbox();
    const row = (n: number) => [{ channel: 'notes', data: { id: `${n}` } }, { channel: `note:${n}` }];
    const open = Array.from({ length: 100 }, (_, n) => n + 1).filter((n) => n !== 37 && n !== 74);
    expect(dropped).toMatchObject(open.flatMap(row));
    expect((await takeDeadLetters()).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 2 }, () => 'a change could not be published: SQLSTATE 22000'),
    );
    await database.query('drop function spoil cascade');
  });

  test('when the outbox is not there', async () => {
    await database.query('alter table realtime_outbox rename to away');
    await database.query(`insert into notes values ('a', 'b')`);
    await database.query('alter table away rename to realtime_outbox');
    expect(await takeDeadLetters()).toMatchObject([{ reason: expect.stringContaining('does not exist') }]);
  });

  test('when neither table is there, with a warning', async () => {
    await database.query(
      'alter table realtime_outbox rename to away; alter table realtime_dead_letters rename to dead',
    );
    const client = new pg.Client({ connectionString: target.url });
    const notices: string[] = [];
    client.on('notice', ({ message }) => notices.push(String(message)));
    await client.connect();
    await client.query(`insert into notes values ('a', 'b')`);
    await client.end();
    await database.query(
      'alter table away rename to realtime_outbox; alter table dead rename to realtime_dead_letters',
    );
    expect(notices).toMatchObject([expect.stringContaining('a change of public.notes is published nowhere')]);
    expect(await database.query('select id from notes')).toEqual([{ id: 'a' }]);
  });

  test('when somebody holds our tables locked', async () => {
    await database.transaction(async (_, query) => {
      await query('lock table realtime_outbox in access exclusive mode');
      await database.query(`insert into notes values ('a', 'b')`);
    });
    expect(await takeDeadLetters()).toMatchObject([{ reason: expect.stringContaining('lock timeout') }]);
  });
});

test('who writes under row level security publishes what they wrote', async () => {
  await createNotes('(id integer primary key, owner text)');
  const writer = `secured_${process.pid}`;
  await database.transaction(async (_, query) => {
    await query(`create role ${writer}; grant insert, update, select on notes to ${writer}`);
    await query(
      'alter table notes enable row level security; create policy own on notes using (owner = current_user) with check (true)',
    );
    await query(`set local role ${writer}`);
    await query(`insert into notes values (1, current_user), (2, 'somebody')`);
    await query(`update notes set id = id + 10`);
    await query('reset role');
    await query(`drop owned by ${writer}; drop role ${writer}`);
  });
  expect((await takeOutbox()).map(({ channel, event }) => `${channel} ${event}`)).toEqual([
    'notes created',
    'note:1 created',
    'notes created',
    'note:2 created',
    'notes updated',
    'note:11 updated',
  ]);
});

test('a view, a foreign table and a table that is not there get nothing, and the others are installed', async () => {
  await createNotes('(id integer)');
  await database.query(`create view seen as select 1 as id; create materialized view kept as select 1 as id;
    create foreign data wrapper nowhere; create server far foreign data wrapper nowhere;
    create foreign table remote (id integer) server far; create table plain (id integer)`);
  const names = ['seen', 'kept', 'remote', 'missing', 'plain'];
  const all = names.map((table) => ({ table, type: 't', channels: ['t'] }));
  await database.transaction((_, query) => installTriggers(query, all));
  const states = await Promise.all(all.map((table) => stateOf(database.query, table)));
  expect(states).toEqual(['not a table', 'not a table', 'not a table', 'no table', 'installed']);
});

test('a transaction that published can be prepared, and publishes when that commits', async () => {
  await using server = await startPostgres();
  await using own = await openTestDatabase(server.url);
  await own.query(`alter system set max_prepared_transactions = 5`);
  await server.stop();
  await server.start();
  const { migrate } = await import('../../../src/db/migrate/migrate.ts');
  const { createLogger } = await import('../../../src/logger.ts');
  await migrate({ url: server.url, domains: [], log: createLogger('silent') });
  await own.query('create table notes (id integer)');
  await own.transaction((_, query) => installTriggers(query, tables));
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`begin; insert into notes values (1); select realtime_publish('notes', 'note', null, '1');
    prepare transaction 'half'`);
  expect((await client.query('select from realtime_outbox')).rowCount).toBe(0);
  await client.query(`commit prepared 'half'`);
  expect((await client.query('select from realtime_outbox')).rowCount).toBe(3);
  await client.end();
});
