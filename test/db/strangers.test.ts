import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Database, Query } from '../../src/db/connection/open.ts';
import { migratableDomains } from '../../src/db/migrate/migrate.ts';
import type { PublishedTable } from '../../src/db/triggers/published-table.ts';
import { installTriggers } from '../../src/db/triggers/triggers.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { ourFunctions } from '../support/postgres/foreign-schema.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';

const stranger = `stranger_${process.pid}`;

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase({ domains: migratableDomains() });
  database = await openTestDatabase(target.url);
  await database.query(`create role ${stranger}`);
});

afterAll(async () => {
  await database.query(`drop owned by ${stranger}; drop role ${stranger}`);
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

interface OurFunction {
  readonly signature: string;
  /** A call with nulls of the right types, which the planner cannot know: it would leave out a strict function. */
  readonly call: string;
  readonly returns: string;
  readonly definer: boolean;
  readonly settings: readonly string[] | null;
  readonly isPublic: boolean;
}

/** Every function in the schemas that are ours, and those in `public` that our migrations make. */
async function functions(): Promise<readonly OurFunction[]> {
  const schemas = ['drizzle', ...migratableDomains()];
  return database.query<OurFunction>(
    `select p.oid::regprocedure::text as signature, p.prorettype::regtype::text as returns, p.prosecdef as definer,
       p.proconfig as settings, p.proacl is null or exists (select from aclexplode(p.proacl) where grantee = 0) as "isPublic",
       format('%I.%I(%s)', n.nspname, p.proname, (select string_agg(
         'current_setting(''no.such'', true)::' || case t.typname when 'anyelement' then 'public.realtime_outbox' else format_type(t.oid, null) end, ', ' order by place)
         from unnest(p.proargtypes::oid[]) with ordinality as argument(type, place) join pg_type t on t.oid = type)) as call
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = any($1) or (n.nspname = 'public' and p.proname = any($2)) order by 1`,
    [schemas, ourFunctions],
  );
}

/** The outcome of a statement of the stranger's, a SQLSTATE or `done`; nothing of it stays. */
async function asStranger(work: (query: Query) => Promise<unknown>): Promise<string> {
  const outcome = database.transaction(async (_, query) => {
    await query(`set local role ${stranger}`);
    await work(query);
    throw new Error('done');
  });
  return outcome.catch((error) => error.sqlState ?? error.message);
}

test('no function of ours may be executed by everybody, and each has a search_path of its own', async () => {
  const all = await functions();
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(({ isPublic }) => isPublic).map(({ signature }) => signature)).toEqual([]);
  const withoutPath = all.filter(({ settings }) => !settings?.some((each) => /^search_path=/.test(each)));
  expect(withoutPath.map(({ signature }) => signature)).toEqual([]);
});

test('a role without a grant can neither call one of our functions nor attach it to a table of its own', async () => {
  for (const { signature, call, returns } of await functions()) {
    const outcome = await asStranger(async (query) => {
      if (returns !== 'trigger') return void (await query(`select ${call}`));
      await query('create temporary table bait (id integer) on commit drop');
      await query(`create trigger bait after insert on bait for each statement execute function ${call}`);
    });
    expect({ signature, outcome }).toEqual({ signature, outcome: '42501' });
  }
});

test('a trigger that a stranger attached while the former function was open publishes nothing', async () => {
  await database.query(`grant execute on function public.realtime_publish_change() to ${stranger}`);
  const argument = JSON.stringify({ type: 'note', channels: ['hearings'], hidden: [] });
  await database.transaction(async (_, query) => {
    await query(`set local role ${stranger}`);
    await query('create temporary table bait (id integer) on commit drop');
    await query(`create trigger bait after insert on bait for each row
      execute function public.realtime_publish_change('${argument}')`);
    await query('insert into bait values (1)');
    await query('reset role');
    expect(await query('select from realtime_outbox')).toEqual([]);
  });
  await database.query(`revoke execute on function public.realtime_publish_change() from ${stranger}`);
});

test('the owner of a table with triggers runs nothing of theirs with the rights of ours', async () => {
  const table: PublishedTable = {
    schema: 'lair',
    table: 'bait',
    type: 'note',
    channels: ['note:{m}', 'note:{c}', 'note:{label}'],
    read: 'label',
    texts: ['d'],
  };
  await database
    .transaction(async (_, query) => {
      await query(`create schema lair; grant all on schema lair to ${stranger}`);
      await query('create table lair.caught (who text); grant insert on lair.caught to public');
      await query(`set local role ${stranger}; set local search_path = lair, pg_catalog`);
      await query(`create type mood as enum ('good', 'bad'); create type pair as (a integer, m mood);
      create domain pairs as pair; create type span as range (subtype = integer);
      create table bait (id integer primary key, m mood, c pair, cs pair[], ms mood[], p pairs, s span, status mood, d mood, label mood)`);
      const types = ['mood', 'pair', 'span', 'bait'];
      for (const type of types) {
        for (const result of ['json', 'text', 'jsonb']) {
          const name = `${type}_to_${result}`;
          await query(`create function ${name}(value ${type}) returns ${result} language plpgsql as $$
          begin insert into lair.caught values (current_user); return 'null'; end $$`);
          await query(`create cast (${type} as ${result}) with function ${name}(${type}) as implicit`);
        }
        await query(`create function equal(one ${type}, other ${type}) returns boolean language plpgsql as $$
        begin insert into lair.caught values (current_user); return true; end $$`);
        for (const operator of ['=', '<>', '*=', '*<>', '<', '||']) {
          await query(
            `create operator lair.${operator} (function = equal, leftarg = ${type}, rightarg = ${type})`,
          );
        }
      }
      for (const name of ['format(text, mood)', 'row_to_json(bait)', 'to_json(mood)', 'count(bait)']) {
        await query(`create function lair.${name} returns text language plpgsql as $$
        begin insert into lair.caught values (current_user); return ''; end $$`);
      }
      await query('reset role; reset search_path');
      await installTriggers(query, [table]);
      await query(`create trigger former after insert or update or delete on lair.bait for each row
      execute function public.realtime_publish_change('{"type":"former","channels":["note:{m}"],"hidden":[]}')`);
      await query(`grant insert on realtime_outbox to ${stranger}`);
      await query(`set local role ${stranger}; set local search_path = lair, pg_catalog`);
      await query(`insert into bait values
      (1, 'good', row(1, 'bad'), array[row(2, 'good')::pair], '{good,bad}', row(3, 'good'), '[1,2)', 'good', 'bad', null)`);
      await query(`update bait set status = 'bad', label = 'good'; delete from bait`);
      await query('reset role; reset search_path');
      const published = await query<{ type: string; data: unknown }>(
        'select type, data from realtime_outbox order by id',
      );
      const row = {
        id: 1,
        m: 'good',
        c: { a: 1, m: 'bad' },
        cs: [{ a: 2, m: 'good' }],
        ms: ['good', 'bad'],
        p: { a: 3, m: 'good' },
        s: '[1,2)',
        status: 'good',
        d: 'bad',
        label: null,
      };
      expect(published.filter(({ type }) => type === 'note').length).toBeGreaterThan(3);
      expect(published.filter(({ type }) => type === 'former').length).toBe(3);
      expect(published[0]?.data).toEqual(row);
      expect(await query('select who from lair.caught')).toEqual([]);
      expect(
        await query('select from realtime_dead_letters where reason not like $1', ['a channel is%']),
      ).toEqual([]);
      throw new Error('done');
    })
    .catch((error) => {
      if (error.message !== 'done') throw error;
    });
});

/** By type, types that a call may pass by mistake, or may leave to the choice of the nearest function. */
const nearTypes: Readonly<Record<string, readonly string[]>> = {
  text: ['name', 'varchar', '"char"', 'anyelement'],
  bigint: ['integer', 'smallint', 'text', 'numeric'],
  integer: ['smallint', 'bigint', 'text'],
  oid: ['regclass', 'regtype', 'bigint', 'text'],
  json: ['jsonb', 'text'],
  jsonb: ['json', 'text'],
  uuid: ['text'],
  boolean: ['text'],
  name: ['varchar', '"char"'],
  'text[]': ['varchar[]', 'name[]'],
};

interface Overloaded {
  readonly name: string;
  readonly types: readonly string[];
  readonly returns: string;
}

/** The argument types that functions of the same name may have instead: one of each exchanged, and all. */
function nearArguments(types: readonly string[]): readonly (readonly string[])[] {
  const single = types.flatMap((type, place) =>
    (nearTypes[type] ?? []).map((near) => types.with(place, near)),
  );
  const all = [0, 1, 2, 3].map((nth) =>
    types.map((type) => nearTypes[type]?.[nth] ?? nearTypes[type]?.[0] ?? type),
  );
  const alike = Object.entries(nearTypes).flatMap(([type, near]) =>
    near.map((other) => types.map((each) => (each === type ? other : each))),
  );
  const found = [...single, ...all, ...alike].filter((each) => each.join() !== types.join());
  return [...new Map(found.map((each) => [each.join(), each])).values()];
}

test('functions of a stranger that are nearer to our calls are not called with the rights of our owner', async () => {
  const ours = await database.query<Overloaded>(
    `select format('%I.%I', n.nspname, p.proname) as name, p.prorettype::regtype::text as returns,
       array(select format_type(type, null) from unnest(p.proargtypes::oid[]) with ordinality as a(type, n) order by n)::text[] as types
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = any($1) or (n.nspname = 'public' and p.proname = any($2))`,
    [migratableDomains(), ourFunctions],
  );
  const table = { schema: 'lair', table: 'notes', type: 'note', channels: ['notes', 'note:{id}'] };
  const schemas = new Set(ours.map(({ name }) => name.split('.')[0]));
  const attack = database.transaction(async (_, query) => {
    await query(`create schema lair; create table lair.caught (who text, by text); grant usage on schema lair to public;
      grant insert on lair.caught to public; grant create, usage on schema ${[...schemas].join()} to ${stranger}`);
    await query(`create type lair.pair as (a integer, pin text); create table lair.notes
      (id integer primary key, status text, "loginPIN" text, p lair.pair, j json, at timestamptz, n numeric)`);
    await installTriggers(query, [table]);
    await query(`create table lair.former (like lair.notes); create trigger former after insert or update or delete on lair.former
      for each row execute function public.realtime_publish_change('{"type":"former","channels":["note:{id}"],"hidden":[]}')`);
    await query(`create table lair.broken (id integer); create trigger broken after insert on lair.broken
      referencing new table as new_rows for each statement execute function public.realtime_publish_statement('none');
      create trigger former after insert on lair.broken for each row execute function public.realtime_publish_change('none')`);
    await query(`set local role ${stranger}`);
    let made = 0;
    for (const { name, types, returns } of ours) {
      if (returns === 'trigger') continue;
      const answer = /^(record|TABLE)/.test(returns) ? 'text' : returns.replace('anyelement', 'text');
      for (const near of nearArguments(types)) {
        await query('savepoint overload');
        const body = `begin insert into lair.caught values (current_user, '${name}(${near.join().replaceAll("'", '')})'); ${answer === 'void' ? '' : 'return null;'} end`;
        await query(
          `create function ${name}(${near.join()}) returns ${answer} language plpgsql as $$ ${body} $$`,
        ).then(
          () => {
            made += 1;
          },
          () => query('rollback to savepoint overload'),
        );
      }
    }
    expect(made).toBeGreaterThan(300);
    await query('reset role');
    for (const name of ['notes', 'former']) {
      await query(`insert into lair.${name} values
        (1, 'a', 'x', row(1, 'x'), '{"pin": 1, "b": 2}', now(), 1), (2, 'a', 'x', null, '[{"p\\u0069n": 1}]', 'infinity', 'NaN')`);
      await query(`update lair.${name} set status = 'b'; delete from lair.${name}`);
    }
    await query('truncate lair.notes');
    await query('insert into lair.broken values (1)');
    await query(`select public.realtime_publish('notes'::text, 'note'::text, 'updated'::text, '{}'::jsonb)`);
    expect(await query('select distinct who, by from lair.caught')).toEqual([]);
    const rows = await query<{ data: string }>('select data::text from realtime_outbox');
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ data }) => /pin/i.test(data))).toEqual([]);
    expect((await query('select from realtime_dead_letters')).length).toBe(2);
    throw new Error('done');
  });
  await expect(attack).rejects.toThrow('done');
});

test('a role that was allowed to publish does so without any right on our tables', async () => {
  const allowed = () =>
    asStranger((query) =>
      query(`select realtime_publish('hearings', 'hearing_update', 'updated', '{"id": 1}')`),
    );
  expect(await allowed()).toBe('42501');
  await database.query(`select realtime_allow_publishing('${stranger}')`);
  expect(await allowed()).toBe('done');
  expect(await asStranger((query) => query('select realtime_wire_row(row) from (select 1) row'))).toBe(
    'done',
  );
  expect(await asStranger((query) => query('select from realtime_outbox'))).toBe('42501');
});
