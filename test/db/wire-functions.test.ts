import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../src/db/open.ts';
import { barangayTables } from '../../src/domains/barangay/triggers.ts';
import { encodeSegment, isChannelName, personalChannel } from '../../src/protocol/channel-name.ts';
import { openTestDatabase } from '../support/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { fc } from '../support/property.ts';

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

/** What the function answers for each text, in one statement. */
async function each(call: string, texts: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ answer: string }>(
    `select ${call} as answer from unnest($1::text[]) with ordinality as given(text, n) order by n`,
    [texts],
  );
  return rows.map(({ answer }) => answer);
}

/** What Postgres can store: everything but NUL, and no half of a pair. */
const storable = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed());

test('a segment is encoded in SQL as in TypeScript, whatever the text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(storable, { minLength: 1, maxLength: 50 }), async (texts) => {
      expect(await each('realtime_encode_segment(text)', texts)).toEqual(texts.map(encodeSegment));
    }),
    { numRuns: 60 },
  );
  const odd = ["!'()*", 'a:b', '%3A', 'Ñ漢🎺', '', ' ', '\u007f\u0080\u07ff\u0800\uffff', '-_.~', '\n%\\'];
  expect(await each('realtime_encode_segment(text)', odd)).toEqual(odd.map(encodeSegment));
});

test('what SQL accepts as a channel is what the protocol does', async () => {
  const name = fc.oneof(
    fc.stringMatching(/^[a-z_-]{0,3}(:[A-Za-z0-9_.~%é@-]{0,3}){0,4}\n?$/),
    storable,
    fc.integer({ min: 195, max: 205 }).map((length) => 'c'.repeat(length)),
    storable.map((userId) => personalChannel('notifications', userId)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 50 }), async (names) => {
      const faults = await each(`coalesce(realtime_fault(text, 't', null, 0), 'none')`, names);
      expect(faults.map((fault) => fault === 'none')).toEqual(names.map(isChannelName));
    }),
    { numRuns: 60 },
  );
});

const camelCase = (column: string) =>
  column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

test('columns get the same names in SQL as in TypeScript', async () => {
  const column = fc.oneof(fc.stringMatching(/^[a-z0-9_]{1,12}$/), storable);
  await fc.assert(
    fc.asyncProperty(fc.array(column, { minLength: 1, maxLength: 50 }), async (columns) => {
      expect(await each('realtime_camel_case(text)', columns)).toEqual(columns.map(camelCase));
    }),
    { numRuns: 60 },
  );
  const odd = ['case_number', '_id', 'id_', 'a__b', '__a', 'line_2', 'i_i', 'Case_Number', 'é_é'];
  expect(await each('realtime_camel_case(text)', odd)).toEqual(odd.map(camelCase));
});

/** What leaves of a row that a table has after `insert into … values`. */
async function wireRow(
  columns: string,
  values: string,
  hidden: string[] = [],
  texts: string[] = [],
): Promise<string> {
  return database.transaction(async (_, query) => {
    await query(`create temporary table given (${columns}) on commit drop`);
    await query(`insert into given values (${values})`);
    const [row] = await query<{ answer: string }>(
      'select realtime_wire_row(given, $1, $2)::text as answer from given',
      [hidden, texts],
    );
    return row?.answer ?? '';
  });
}

test('a row keeps the order of its columns and every letter of its values', async () => {
  const columns =
    'z_a integer, b numeric, a_c json, t text, n text, "X y" boolean, d_at timestamp, l_2 text[]';
  const values = `1, 12345678901234567890.10, '{"in_side":[1,  null]}', 'é"', null, true, '2025-01-02 03:04:05.678', '{a,b}'`;
  expect(await wireRow(columns, values)).toBe(
    '{"zA":1,"b":12345678901234567890.10,"aC":{"in_side":[1,  null]},"t":"é\\"","n":null,"X y":true,' +
      '"dAt":"2025-01-02T03:04:05.678Z","l2":["a","b"]}',
  );
});

test('hidden columns and all that are called like secrets do not leave; texts leave as texts', async () => {
  const secrets = [
    'password',
    'password_hash',
    'pin',
    'login_pin',
    '"PIN"',
    'api_key',
    'apikey',
    'reset_token',
    'salt',
  ];
  const open = ['id', 'shipping', 'hashtag', 'pinned', 'secretary', 'tokens'];
  const names = [...secrets, ...open, 'notes'];
  const columns = names.map((name) => `${name} integer`).join();
  const row = await wireRow(columns, names.map(() => '1').join(), ['notes']);
  expect(Object.keys(JSON.parse(row))).toEqual(open);
  const texts = ['user_id', 'b', 'c'];
  expect(
    await wireRow('user_id integer, a_id integer, b integer, c text', `7, 7, null, 'x'`, [], texts),
  ).toBe('{"userId":"7","aId":7,"b":null,"c":"x"}');
});

test('what the barangay hides of each table is written down', () => {
  const hidden = Object.fromEntries(barangayTables.map((table) => [table.table, table.hidden]));
  expect(hidden).toEqual({
    hearings: [],
    blotter_reports: [],
    persons: [],
    person_history: [],
    notifications: [],
  });
});
