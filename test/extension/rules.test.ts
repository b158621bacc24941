import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Database, openDatabase } from '../../src/db/connection/open.ts';
import { compileRule, type DeclaredRule } from '../../src/extension/rules/declared-rule.ts';
import { compileNamed } from '../../src/extension/rules/named-parameters.ts';
import { createLogger } from '../../src/logger.ts';
import type { Principal } from '../../src/realtime/principal.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { startPgBouncer } from '../support/postgres/pgbouncer.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createEmptyDatabase();
  database = await openTestDatabase(target.url);
  await database.query('create schema shop');
  await database.query(`create type shop.kind as enum ('retail', 'bulk')`);
  await database.query(`create table shop.orders (id integer primary key, customer_id text, shop_id integer,
    owner integer, price numeric, kind shop.kind, key uuid)`);
  await database.query(`insert into shop.orders values
    (7, 'ana', 1, 7, 7, 'retail', '0b6f9c38-3a52-4c8f-8a35-0d0a8d6a1c11'), (8, 'a:b', 2, 8, 8, 'bulk', null)`);
  await database.query('create table shop.asked (at timestamptz)');
  await database.query(`create function shop.note() returns boolean language sql volatile
    as 'insert into shop.asked values (now()); select true'`);
  // Each says of itself what is not so.
  await database.query(`create function shop.hidden() returns boolean language plpgsql stable
    as 'begin return shop.note(); end'`);
  await database.query(`create function shop.slow() returns text language plpgsql stable
    as 'begin return pg_sleep(60); end'`);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const person = (userId: string, more: Partial<Principal> = {}): Principal => ({
  userId,
  role: 'user',
  tenants: [],
  ...more,
});

const ask = async (
  rule: DeclaredRule,
  parameters: readonly string[],
  who: Principal,
  ...segments: string[]
) => compileRule(rule, parameters, database).rule(who, ...segments);

const proof = (query: string, parameters: readonly string[] = []) =>
  Promise.all(compileRule({ query }, parameters, database).queries.map((each) => each.prove()));

describe('a rule in words', () => {
  test('allows anyone, a role, the user or the tenant of a parameter, or any of a list', async () => {
    expect(await ask('anyone', [], person('ana'))).toBe(true);
    expect(await ask('role:Clerk', [], person('ben', { role: 'clerk' }))).toBe(true);
    expect(await ask('role:clerk', [], person('ben'))).toBe(false);
    expect(await ask('self:who', ['shop', 'who'], person('ana'), '1', 'ana')).toBe(true);
    expect(await ask('self:who', ['shop', 'who'], person('1'), '1', 'ana')).toBe(false);
    expect(await ask('tenant:shop', ['shop', 'who'], person('ana', { tenants: ['1'] }), '1', 'ben')).toBe(
      true,
    );
    expect(await ask('tenant:shop', ['shop'], person('1'), '1')).toBe(false);
    expect(await ask(['self:who', 'role:clerk'], ['who'], person('ben', { role: 'clerk' }), 'ana')).toBe(
      true,
    );
    expect(await ask(['self:who', 'role:clerk'], ['who'], person('ben'), 'ana')).toBe(false);
  });

  test('compares ids as they stand in the name of a channel', async () => {
    expect(await ask('self:who', ['who'], person('a:b'), 'a%3Ab')).toBe(true);
    expect(await ask('self:who', ['who'], person('a:b'), 'a%3ab')).toBe(false);
    expect(await ask('self:who', ['who'], person('a%3Ab'), 'a%3Ab')).toBe(false);
  });

  test('lets a service read, whose key says what it may', async () => {
    expect(await ask('role:clerk', [], person('service', { service: true }))).toBe(true);
  });
});

describe('a rule that asks the database', () => {
  const ofOrder = { query: 'select 1 from shop.orders where id = :order and customer_id = :user;' };

  test('allows where there is a row', async () => {
    expect(await ask(ofOrder, ['order'], person('ana'), '7')).toBe(true);
    expect(await ask(ofOrder, ['order'], person('ben'), '7')).toBe(false);
    expect(await ask(ofOrder, ['order'], person('a:b'), '8')).toBe(true);
    expect(await ask(['role:clerk', ofOrder], ['order'], person('ben', { role: 'clerk' }), '9')).toBe(true);
  });

  test('knows the role, and the tenants as a list of the type that they are compared with', async () => {
    const ofTenant = { query: 'select from shop.orders where id = :order and shop_id = any(:tenants)' };
    expect(await ask(ofTenant, ['order'], person('ana', { tenants: ['x', '1'] }), '7')).toBe(true);
    expect(await ask(ofTenant, ['order'], person('ana', { tenants: ['01', '2'] }), '7')).toBe(false);
    expect(await ask({ query: `select where :role = 'clerk'` }, [], person('ana', { role: 'clerk' }))).toBe(
      true,
    );
  });

  test.each(['07', '+7', ' 7', '7.0', 'x', '', '2147483648', '99999999999999999999', '%37', '%', '7%00'])(
    'takes %j for no order 7',
    async (segment) => {
      expect(await ask(ofOrder, ['order'], person('ana'), segment)).toBe(false);
    },
  );

  test('takes nobody for another user whose id is the same number', async () => {
    const ofOwner = { query: 'select 1 from shop.orders where owner = :user' };
    expect(await ask(ofOwner, [], person('7'))).toBe(true);
    for (const user of ['07', '+7', ' 7', '7 ', 'ana'])
      expect(await ask(ofOwner, [], person(user))).toBe(false);
  });

  test('takes nobody for another user whose id Postgres would make the same text', async () => {
    await database.query('create table if not exists shop.owners (owner name, label text)');
    await database.query('insert into shop.owners values ($1, $2)', ['a'.repeat(63), '\ufffd']);
    const ofOwner = { query: 'select 1 from shop.owners where owner = :user' };
    expect(await ask(ofOwner, [], person('a'.repeat(63)))).toBe(true);
    expect(await ask(ofOwner, [], person('a'.repeat(64)))).toBe(false);
    const ofLabel = { query: 'select 1 from shop.owners where label = :user or label = any(:tenants)' };
    expect(await ask(ofLabel, [], person('\ufffd'))).toBe(true);
    expect(await ask(ofLabel, [], person('\ud800', { tenants: ['\udc00'] }))).toBe(false);
  });

  test('denies a value with which the query cannot reckon', async () => {
    const next = { query: 'select 1 from shop.orders where id + :order::integer > 0' };
    expect(await ask(next, ['order'], person('ana'), '1')).toBe(true);
    expect(await ask(next, ['order'], person('ana'), '2147483647')).toBe(false);
  });

  test('compares with an enum and a uuid', async () => {
    const ofKind = { query: 'select 1 from shop.orders where kind = :kind' };
    expect(await ask(ofKind, ['kind'], person('ana'), 'bulk')).toBe(true);
    expect(await ask(ofKind, ['kind'], person('ana'), 'none')).toBe(false);
    const ofKey = { query: 'select 1 from shop.orders where key = :key' };
    const key = '0b6f9c38-3a52-4c8f-8a35-0d0a8d6a1c11';
    expect(await ask(ofKey, ['key'], person('ana'), key)).toBe(true);
    expect(await ask(ofKey, ['key'], person('ana'), key.toUpperCase())).toBe(false);
  });

  test.each([
    ['delete from shop.orders returning 1', 'syntax error'],
    ['with gone as (delete from shop.orders returning 1) select from gone', 'must be at the top level'],
    ['select 1 from shop.orders for update', 'the query writes or locks rows'],
    ['select 1; select 2', 'not one statement'],
    ['select 1); commit; drop table shop.asked; begin; select (1', 'not one statement'],
    ['select 1 as a$b$) ; commit; drop table shop.asked; begin; select (1 as a$b$', 'not one statement'],
    ['select 1 from shop.nothing', 'does not exist'],
    ['select 1 where $1::text is null', 'numbered parameter'],
    ['select 1 from shop.orders where price = :user', ':user is compared as numeric; expected one of text'],
    ['select 1 from shop.orders where shop_id = :tenants', 'expected `= any(:tenants)`'],
    ['select 1 from shop.orders where id = any(:user)', ':user is compared as integer[]; expected one value'],
    ['select 1 from shop.orders where owner = :user::text::int', ':user is cast twice'],
    ['select 1 from shop.orders where owner = ((:user)::text)::int', ':user is cast twice'],
    ['select 1 from shop.orders where owner = cast(cast(:user as text) as int)', ':user is cast twice'],
    ['select 1 from shop.orders where customer_id = :user::varchar(3)', 'or to a length'],
    ['select 1 where pg_advisory_lock(7) is not null', 'pg_advisory_lock(), which is volatile'],
    ['select 1 where "pg_terminate_backend" /* x */ (1)', 'pg_terminate_backend(), which is volatile'],
    ['select 1 where U&"pg\\005fadvisory_lock"(7) is not null', 'spells a name by escapes'],
    ['select 1 where pg_catalog.pg_sleep(1) is not null', 'pg_sleep(), which is volatile'],
    ["select 1 where set_config('role', 'none', false) is not null", 'set_config(), which is volatile'],
    ['select 1 where shop.note()', 'note(), which is volatile'],
  ])('refuses %j before anybody asks', async (query, reason) => {
    await expect(proof(query)).rejects.toThrow(reason);
    await expect(ask({ query }, [], person('ana'))).rejects.toThrow(reason);
  });

  test('takes what it can judge, and tells of a parameter that goes through a function', async () => {
    const sound = [
      'select 1 from shop.orders where owner = :user::int and price > 1::numeric::int and exists (select 1)',
      'select count(*) from shop.orders o where (o.customer_id, o.id) = (:user, 7) -- pg_sleep(1)',
    ];
    for (const query of sound) expect((await proof(query)).flat()).toEqual([]);
    const lower =
      'select 1 from shop.orders where customer_id = lower(:user) and coalesce(:role, $$x$$) = $$y$$';
    expect((await proof(lower)).flat()).toEqual([':user goes through lower()']);
  });

  test('lets no function write that the query calls', async () => {
    const writes = { query: 'select 1 from shop.orders where id = :order and shop.hidden()' };
    await expect(ask(writes, ['order'], person('ana'), '7')).rejects.toThrow('calls a function that writes');
    await expect(proof('select 1 where shop.hidden()')).rejects.toThrow('the query writes or locks rows');
    expect(await database.query('select from shop.asked')).toEqual([]);
    // The connection that asked writes again.
    await database.query('insert into shop.asked values (now())');
  });

  test('denies when it takes longer than a statement may', async () => {
    await using hurried = await openDatabase({
      ...{ url: target.url, driver: 'auto', poolSize: 2, connectTimeoutMs: 5_000, queryTimeoutMs: 200 },
      log: createLogger('silent'),
    });
    const slow = { query: 'select 1 from shop.orders where id = :order and shop.slow() is not null' };
    const { rule } = compileRule(slow, ['order'], hurried);
    await expect(Promise.resolve(rule(person('ana'), '7'))).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });

  needs('pgbouncer')('holds behind a pooler, where each transaction may have another session', async () => {
    await using pooler = await startPgBouncer(target.url, 'transaction');
    await using pooled = await openTestDatabase(pooler.url);
    const { rule } = compileRule(ofOrder, ['order'], pooled);
    const answers = Array.from({ length: 20 }, (_, place) => rule(person(place % 2 ? 'ana' : 'ben'), '7'));
    expect(await Promise.all(answers)).toEqual(answers.map((_, place) => place % 2 === 1));
    const writes = { query: 'select 1 from shop.orders where id = :order and shop.hidden()' };
    await expect(
      Promise.resolve(compileRule(writes, ['order'], pooled).rule(person('ana'), '7')),
    ).rejects.toThrow('calls a function that writes');
  });

  test('is proven again after the database was away', async () => {
    await using lost = await openTestDatabase(target.url);
    const { rule } = compileRule(ofOrder, ['order'], {
      ...lost,
      query: lost.query,
      transaction: (() => {
        let away = true;
        return ((work: never) => {
          if (!away) return lost.transaction(work);
          away = false;
          return Promise.reject(new Error('away'));
        }) as Database['transaction'];
      })(),
    });
    await expect(Promise.resolve(rule(person('ana'), '7'))).rejects.toThrow('away');
    expect(await rule(person('ana'), '7')).toBe(true);
  });
});

test.each([
  ['select :a, :b, :a', 'select $1, $2, $1', ['a', 'b']],
  [`select ':a', ":a", E'\\':a', $$:a$$, $x$:a$x$, 1::int`, undefined, []],
  ['select 1 -- :a\n, :b /* :c /* :d */ :e */', 'select 1 -- :a\n, $1 /* :c /* :d */ :e */', ['b']],
  ['select x[1:2], :a::text ; ', 'select x[1:2], $1::text ', ['a']],
])('the named parameters of %j', (statement, text, names) => {
  expect(compileNamed(statement)).toEqual({ text: text ?? statement, names });
});
