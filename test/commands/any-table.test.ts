import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/db/connection/open.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { runTambuli } from '../support/programs/run.ts';

/** Publishes from a table of a schema that is nobody's domain, and by hand, with the program alone. */

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openTestDatabase(target.url);
  await database.query('create schema shop');
  await database.query(
    `create table shop.orders (id integer primary key, customer_id integer, status text, card text)`,
  );
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const tambuli = (...args: string[]) =>
  runTambuli(args, { env: { NO_COLOR: '1', DATABASE_URL: target.url, DOMAINS: 'venues' } });

const takeOutbox = () =>
  database.query('delete from realtime_outbox returning channel, type, event_type, data');

test('a table publishes after one command, is told by another, and is silent after a third', async () => {
  const channel = 'orders:{customer_id}';
  const [wrong, missing] = await Promise.all([
    tambuli('triggers', 'add', 'shop.orders', '--channel', 'orders:{customer}'),
    tambuli('triggers', 'add', 'shop.order', '--channel', channel),
  ]);
  expect(wrong).toMatchObject({
    code: 1,
    errors: expect.stringContaining(
      'found the column customer; expected one of id, customer_id, status, card',
    ),
  });
  expect(missing).toMatchObject({ code: 1, errors: 'There is no table shop.order.\n' });

  await database.query('create view shop.open_orders as select * from shop.orders');
  expect(await tambuli('triggers', 'add', 'shop.open_orders', '--channel', channel)).toMatchObject({
    code: 1,
    out: '',
    errors: 'shop.open_orders is not a table; views have no changes of their own.\n',
  });

  const added = await tambuli(
    'triggers',
    'add',
    'shop.orders',
    '--channel',
    channel,
    '--columns',
    'id,status',
  );
  expect(added).toMatchObject({ code: 0, out: 'shop.orders: installed\n' });
  await database.query(`insert into shop.orders values (1, 7, 'open', 'x'), (2, 8, 'open', 'y')`);
  const type = 'orders_update';
  expect(await takeOutbox()).toEqual([
    { channel: 'orders:7', type, event_type: 'created', data: { id: 1, status: 'open' } },
    { channel: 'orders:8', type, event_type: 'created', data: { id: 2, status: 'open' } },
  ]);
  expect((await tambuli('triggers', 'status')).out).toContain(
    `shop.orders: installed, not in the configuration: ${type} on ${channel}\n`,
  );

  expect((await tambuli('triggers', 'remove', 'shop.orders')).out).toBe('shop.orders: absent\n');
  await database.query(`update shop.orders set status = 'paid'`);
  expect(await takeOutbox()).toEqual([]);
});

test('a table whose schema and name hold dots and quotation marks publishes too', async () => {
  await database.query('create schema "my.shop"');
  await database.query('create table "my.shop"."orders ""old""" (id integer primary key)');
  const name = '"my.shop"."orders ""old"""';
  const add = ['triggers', 'add', name, '--channel', 'orders:{id}'];
  const added = await tambuli(...add, '--type', 'order_update');
  expect(added).toMatchObject({ code: 0, out: `${name}: installed\n` });
  await database.query('insert into "my.shop"."orders ""old""" values (3)');
  expect(await takeOutbox()).toMatchObject([{ channel: 'orders:3', type: 'order_update', data: { id: 3 } }]);
  expect((await tambuli('triggers', 'status')).out).toContain(`${name}: installed, not in the configuration`);
  expect((await tambuli('triggers', 'remove', name)).out).toBe(`${name}: absent\n`);
});

test('an install that misses a table of the configuration installs the others, and fails', async () => {
  const change = { type: 'order_update', channels: ['orders:{id}'] };
  const file = join(tmpdir(), `tambuli-${crypto.randomUUID()}.json`);
  const channels = { 'orders:{id}': { read: 'anyone' } };
  await Bun.write(file, JSON.stringify({ channels, tables: { 'shop.orders': change, 'shop.gone': change } }));
  const installed = await tambuli('triggers', 'install', '--config', file);
  expect(installed).toMatchObject({
    code: 1,
    errors: expect.stringContaining('of shop.gone there is no table'),
  });
  expect(installed.out).toContain('shop.orders: installed\nshop.gone: no table\n');
  await tambuli('triggers', 'remove', 'shop.orders');
  await rm(file);
});

test('publish writes to the outbox, from where any server moves it to the log', async () => {
  const [published, notJson, notChannel] = await Promise.all([
    tambuli('publish', 'orders:7', '{"a":1}', '--type', 'note', '--event-type', 'made'),
    tambuli('publish', 'orders:7', '{a:1}'),
    tambuli('publish', 'Orders 7', '1'),
  ]);
  expect(published).toMatchObject({ code: 0, errors: '' });
  expect(notJson).toMatchObject({ code: 64, errors: expect.stringContaining('It is not JSON') });
  expect(notChannel).toMatchObject({
    code: 64,
    errors: expect.stringContaining('is not the name of a channel'),
  });
  expect(await takeOutbox()).toEqual([
    { channel: 'orders:7', type: 'note', event_type: 'made', data: { a: 1 } },
  ]);
});
