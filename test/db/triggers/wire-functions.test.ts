import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
import { barangayTables } from '../../../src/domains/barangay/triggers.ts';
import { encodeSegment, isChannelName, personalChannel } from '../../../src/protocol/wire/channel-name.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { fc } from '../../support/property.ts';

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

/** The results of the function for the texts, in one statement. */
async function each(call: string, texts: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ answer: string }>(
    `select ${call} as answer from unnest($1::text[]) with ordinality as given(text, n) order by n`,
    [texts],
  );
  return rows.map(({ answer }) => answer);
}

/** The texts that Postgres can store: everything but NUL, and no half of a pair. */
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

/** The published form of a row that a table has after `insert into … values`. */
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

const secrets = [
  ...[
    'password',
    'password_hash',
    'passwordHash',
    'PasswordHash',
    'PASSWORD',
    'password1',
    'userpassword',
    'pwd',
    'user_pwd',
  ],
  ...[
    'userPwd2',
    'passwd',
    'passphrase',
    'passcode',
    'user_pass',
    'pin',
    'PIN',
    'login_pin',
    'loginPIN',
    'resetPin',
  ],
  ...[
    'PINCode',
    'pin2',
    'reset-pin',
    'a.pin',
    'userPINHash',
    'otp',
    'totp_secret',
    'otpCode',
    'secret',
    'clientSecret',
  ],
  ...[
    'secretKey',
    'token',
    'accessToken',
    'access_token',
    'refreshtoken',
    'APIToken',
    'token2',
    'csrf-token',
    'reset_token',
  ],
  ...[
    'hash',
    'sha1Hash',
    'salt',
    'api_key',
    'apikey',
    'apiKey',
    'APIKey',
    'API-KEY',
    'privateKey',
    'private_key2',
  ],
  ...['credentials', 'cvv', 'cardCVC', 'recoveryCodes', 'backup_code', 'encryptionKey'],
  ...[
    'apiKeyV2',
    'PASSWORD_HASH',
    'clientSecret2',
    'pwdSalt',
    'sessionToken',
    'session_key',
    'authKey',
    'masterKey',
  ],
  ...[
    'hmac_key',
    'sshKey',
    'serviceRoleKey',
    'creds',
    'jwt',
    'bearer',
    'set-cookie',
    'cookies',
    'Authorization',
  ],
  ...[
    'mpin',
    'user_pw',
    'passhash',
    'seed_phrase',
    'mnemonic',
    'securityAnswer2',
    'magicLink',
    'resetCode',
    'sms_code',
  ],
  ...['twoFactorCode', '2fa_code', 'oneTimeCode', 'fcmTokens', 'id_tokens', 'privatePem'],
];
const open = [
  ...[
    'id',
    'shipping',
    'hashtag',
    'pinned',
    'secretary',
    'tokens',
    'keyboard',
    'key',
    'spin',
    'opinion',
    'code',
    'caseCode',
  ],
  ...[
    'postcode',
    'passenger',
    'compass',
    'boarding_pass',
    'desalted',
    'adopted_at',
    'pineapple',
    'piñata',
    'author',
    'pwdx',
  ],
  ...[
    'tokenization_status',
    'pinnedAt',
    'spinner',
    'keyword',
    'postal_code',
    'country_code',
    'primaryKey',
    'link',
    'links',
  ],
  ...[
    'answers',
    'phrase',
    'authored',
    'security_level',
    'bearing',
    'spw',
    'map_links',
    'codeOfConduct',
    'authorizedBy',
  ],
];

test('a name is a secret’s by its words, split at case changes, digits and separators', async () => {
  expect(await each('realtime_is_secret(text)::text', secrets)).toEqual(secrets.map(() => 'true'));
  expect(await each('realtime_is_secret(text)::text', open)).toEqual(open.map(() => 'false'));
});

test('columns and members of composite, array and json values that are called like secrets do not leave', async () => {
  await database.query(`create type member as (id integer, "loginPIN" text);
    create type family as (head member, members member[], papers jsonb)`);
  const columns = 'id integer, "accessToken" text, one member, many member[], f family, j json, js jsonb[]';
  const values = `1, 'x', row(2, 'p'), array[row(3, 'p')::member, null], row(row(4, 'p'), array[row(5, 'p')::member], '{"pwd": 1, "a": {"apiKey2": 1}}'),
    '[{"n":1,"pin":2,"k":[{"secret":1,"s":"}"}]}]', array['{"otp": 1, "b": 2}']::jsonb[]`;
  expect(JSON.parse(await wireRow(columns, values))).toEqual({
    id: 1,
    one: { id: 2 },
    many: [{ id: 3 }, null],
    f: { head: { id: 4 }, members: [{ id: 5 }], papers: { a: {} } },
    j: [{ n: 1, k: [{ s: '}' }] }],
    js: [{ b: 2 }],
  });
});

test('an hstore leaves as an object without the members that are called like secrets', async () => {
  await database.query(
    'create schema lair; create extension hstore schema lair; create domain facts as lair.hstore',
  );
  const value = `'name=>"a\\"b", none=>NULL, "apiKeyV2"=>x, PASSWORD_HASH=>y'::lair.hstore`;
  expect(
    JSON.parse(
      await wireRow('h lair.hstore, f facts, hs lair.hstore[]', `${value}, ${value}, array[${value}, null]`),
    ),
  ).toEqual({
    h: { name: 'a"b', none: null },
    f: { name: 'a"b', none: null },
    hs: [{ name: 'a"b', none: null }, null],
  });
  await database.query('drop schema lair cascade');
});

test('hidden columns do not leave, with a list of columns no other does; texts leave as texts', async () => {
  const names = ['id', 'pin_code', 'notes', 'name'];
  const columns = names.map((name) => `${name} integer`).join();
  const values = names.map(() => '1').join();
  expect(Object.keys(JSON.parse(await wireRow(columns, values, ['notes'])))).toEqual(['id', 'name']);
  expect(
    await database.transaction(async (_, query) => {
      await query(`create temporary table given (${columns}) on commit drop`);
      await query(`insert into given values (${values})`);
      const [row] = await query<{ answer: unknown }>(
        `select realtime_wire_row(given, columns => '{id,pin_code}') as answer from given`,
      );
      return row?.answer;
    }),
  ).toEqual({ id: 1, pinCode: 1 });
  const texts = ['user_id', 'b', 'c'];
  expect(
    await wireRow('user_id integer, a_id integer, b integer, c text', `7, 7, null, 'x'`, [], texts),
  ).toBe('{"userId":"7","aId":7,"b":null,"c":"x"}');
});

test('a timestamp without a zone leaves as the instant it is meant as, whichever way', async () => {
  const [row] = await database.query<{ answer: unknown }>(
    `select realtime_wire_row(given, zone => 'Asia/Manila') as answer
     from (select timestamp '2025-01-02 03:04:05.678') given`,
  );
  expect(row?.answer).toEqual({});
  await database.query(`create table timed (id integer primary key, at timestamp)`);
  await database.query(`insert into timed values (1, '2025-01-02 03:04:05.678')`);
  const [read] = await database.query<{ wire_row: unknown }>(
    `select wire_row from realtime_rows('timed', 'id', 'integer', '{"zone": "Asia/Manila"}'::json, '{1}', 0)`,
  );
  expect(read?.wire_row).toEqual({ id: 1, at: '2025-01-01T19:04:05.678Z' });
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
