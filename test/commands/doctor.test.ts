import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finding, findingsText } from '../../src/commands/doctor/finding.ts';
import { examine } from '../../src/commands/doctor.ts';
import type { Env } from '../../src/config/config.ts';
import type { ConfigFile } from '../../src/config/file/schema.ts';
import type { Database } from '../../src/db/connection/open.ts';
import { freePort } from '../support/network/free-port.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { startPgBouncer } from '../support/postgres/pgbouncer.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';

let folder: string;
let target: TestDatabase;
let database: Database;
let deadPort: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tambuli-doctor-'));
  target = await createTestDatabase();
  database = await openTestDatabase(target.url);
  await database.query('create schema shop');
  await database.query('create table shop.orders (id integer primary key, customer_id integer)');
  deadPort = await freePort();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const shop: ConfigFile = {
  channels: { 'orders:{customer_id}': { read: 'self:customer_id' } },
  tables: { 'shop.orders': { type: 'order_update', channels: ['orders:{customer_id}'] } },
};

/** The findings of the doctor with this file that are warnings or faults. */
async function troubles(env: Env = {}, file: ConfigFile = shop): Promise<readonly Finding[]> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  await Bun.write(path, JSON.stringify(file));
  const base = { DATABASE_URL: target.url, PORT: String(deadPort), CORS_ORIGINS: 'https://shop.example' };
  const keys = { JWT_SECRET: 'k'.repeat(32), SERVICE_API_KEY: 'service-key-0123456789abcdef' };
  const findings = await examine({ ...base, ...keys, TAMBULI_CONFIG: path, ...env });
  return findings.filter(({ state }) => state !== 'ok');
}

const noServer = { check: 'server', state: 'warning', next: 'tambuli start' };

test('a deployment without triggers and without a server is told the two commands', async () => {
  expect(await troubles()).toMatchObject([
    { check: 'triggers', state: 'warning', found: 'shop.orders: absent', next: 'tambuli triggers install' },
    noServer,
  ]);
});

test('a database that is away, and one that is not migrated, are faults', async () => {
  expect(await troubles({ DATABASE_URL: `postgres://me:secret@127.0.0.1:${deadPort}/shop` })).toMatchObject([
    { check: 'database', state: 'fault', found: expect.stringContaining('nothing listens there') },
    noServer,
  ]);
  await using empty = await createEmptyDatabase();
  expect(await troubles({ DATABASE_URL: empty.url }, { channels: {} })).toMatchObject([
    { check: 'migrations', state: 'fault', next: 'tambuli migrate' },
    noServer,
  ]);
});

test('a column that is not there, and a query that writes, are faults with their place', async () => {
  const file: ConfigFile = {
    channels: { 'orders:{customer}': { read: { query: 'select 1 from shop.orders for update' } } },
    tables: { 'shop.orders': { type: 'order_update', channels: ['orders:{customer}'] } },
  };
  expect(await troubles({}, file)).toMatchObject([
    {
      check: 'triggers',
      found: 'shop.orders has no column customer',
      next: expect.stringContaining('customer_id'),
    },
    { check: 'rules', found: expect.stringContaining('.read: found the query writes or locks rows') },
    noServer,
  ]);
});

test('a role without rights is told what to grant, and a read-only one why nothing is written', async () => {
  const role = `clerk_${crypto.randomUUID().slice(0, 8)}`;
  await database.query(`create role ${role} login password 'test' in role pg_read_all_stats`);
  await database.query(`alter role ${role} set default_transaction_read_only = on`);
  const url = new URL(target.url);
  url.username = role;
  const found = await troubles({ DATABASE_URL: url.href, DATABASE_URL_DIRECT: url.href });
  await database.query(`drop role ${role}`);
  expect(found).toMatchObject([
    { check: 'writes', state: 'fault' },
    { check: 'migrations', state: 'warning', next: expect.stringContaining('grant usage on schema drizzle') },
    { check: 'rights', state: 'fault', next: expect.stringContaining(`to ${role}`) },
    { check: 'triggers', state: 'warning' },
    noServer,
  ]);
});

needs('pgbouncer')('a pooler is known by what it does', async () => {
  await using pooler = await startPgBouncer(target.url, 'transaction');
  const only = await troubles({ DATABASE_URL: pooler.url });
  expect(only[0]).toMatchObject({
    check: 'LISTEN',
    state: 'fault',
    next: expect.stringContaining('DATABASE_URL_DIRECT'),
  });
});

test('a Redis and an identity provider that are away are faults', async () => {
  const dead = `127.0.0.1:${deadPort}`;
  const env = { REDIS_URL: `redis://${dead}`, JWKS_URL: `http://${dead}/keys`, JWT_AUDIENCE: 'shop' };
  const faults = (await troubles(env)).filter(({ state }) => state === 'fault');
  expect(faults).toMatchObject([
    { check: 'public keys', found: expect.stringContaining(dead) },
    { check: 'broker', found: expect.stringContaining(dead) },
  ]);
});

test('settings that surprise are warnings', async () => {
  const env = { HEARTBEAT_MS: '90000', QUERY_TIMEOUT_MS: '30000', CORS_ORIGINS: '*', SERVICE_API_KEY: '' };
  const checks = (await troubles(env)).map(({ check, state }) => `${check} ${state}`);
  expect(checks).toEqual([
    'service keys warning',
    'origins warning',
    'limits warning',
    'limits warning',
    'triggers warning',
    'server warning',
  ]);
});

test('publications that could not be published are told with the reason', async () => {
  await using other = await createTestDatabase();
  await using connection = await openTestDatabase(other.url);
  await connection.query(
    `insert into realtime_dead_letters (id, channel, type, data, reason) values (1, 'x', 'y', '{}', 'odd')`,
  );
  const found = await troubles({ DATABASE_URL: other.url }, { channels: {} });
  expect(found[0]).toMatchObject({
    check: 'dead letters',
    state: 'warning',
    found: '1 could not be published: odd',
  });
});

test('faults of the configuration are all there is to say', async () => {
  expect(await examine({ PORT: 'eighty', LOG_LEVEL: 'loud' })).toMatchObject([
    { check: 'configuration', state: 'fault', found: expect.stringContaining('PORT: found "eighty"') },
    { check: 'configuration', state: 'fault', found: expect.stringContaining('LOG_LEVEL') },
  ]);
});

test('a person reads a line for each, and below it what to do next', () => {
  const findings: Finding[] = [
    { check: 'database', state: 'ok', found: 'Postgres 18' },
    { check: 'migrations', state: 'fault', found: 'realtime not migrated', next: 'tambuli migrate' },
  ];
  expect(findingsText(findings)).toBe(
    'ok       database    Postgres 18\nFAULT    migrations  realtime not migrated\n                     next: tambuli migrate\n',
  );
});
