import { describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shippedFolder } from '../../../src/db/migrate/folders.ts';
import { migratableDomains, migrate } from '../../../src/db/migrate/migrate.ts';
import { pendingFolders } from '../../../src/db/migrate/pending.ts';
import { createLogger } from '../../../src/logger.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createEmptyDatabase } from '../../support/postgres/postgres.ts';

const log = createLogger('silent');

async function tablesOf(url: string): Promise<string[]> {
  await using database = await openTestDatabase(url);
  const rows = await database.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** A `drizzle/` folder with one domain, as drizzle-kit writes it. */
async function writeFolder(domain: string, schema: string, statements: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-migrations-'));
  await mkdir(join(folder, domain, 'meta'), { recursive: true });
  const entries = statements.map((_, idx) => ({
    idx,
    when: 1_000 + idx,
    tag: `000${idx}_step`,
    breakpoints: true,
  }));
  await writeFile(join(folder, domain, 'meta/_journal.json'), JSON.stringify({ entries }));
  for (const [idx, statement] of statements.entries()) {
    const tables = { t: { name: 'things', schema } };
    await writeFile(join(folder, domain, `000${idx}_step.sql`), statement);
    await writeFile(join(folder, domain, `meta/000${idx}_snapshot.json`), JSON.stringify({ tables }));
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('four processes that migrate at once make everything once', async () => {
  await using target = await createEmptyDatabase();
  const domains = migratableDomains();
  await Promise.all([1, 2, 3, 4].map(() => migrate({ url: target.url, domains, log })));
  const tables = await tablesOf(target.url);
  expect(tables).toContain('public.realtime_channels');
  expect(tables).toContain('public.realtime_publications');
  expect(tables).toContain('drizzle.realtime_migrations');
  await migrate({ url: target.url, domains, log });
  expect(await tablesOf(target.url)).toEqual(tables);
});

test('schemas that an administrator made before are taken, for a role that may make none', async () => {
  const domains = ['clinic', 'campus', 'venues'];
  const role = `migrates_${crypto.randomUUID().replaceAll('-', '')}`;
  await using target = await createEmptyDatabase();
  await using database = await openTestDatabase(target.url);
  await database.query(`create role ${role} login password 'test'; grant create on schema public to ${role}`);
  for (const schema of ['drizzle', ...domains]) {
    await database.query(`create schema ${schema} authorization ${role}`);
  }
  const url = new URL(target.url);
  url.username = role;
  await migrate({ url: url.href, domains, log });
  await migrate({ url: url.href, domains, log });
  const tables = await tablesOf(target.url);
  for (const schema of domains) expect(tables.some((name) => name.startsWith(`${schema}.`))).toBe(true);
  await database.query(`drop owned by ${role} cascade; drop role ${role}`);
});

test('every schema of a domain may be there before, with tables of somebody else', async () => {
  await using target = await createEmptyDatabase();
  await using database = await openTestDatabase(target.url);
  const domains = migratableDomains();
  for (const schema of ['drizzle', ...domains]) {
    await database.query(`create schema ${schema}; create table ${schema}.foreigners (id integer)`);
  }
  await migrate({ url: target.url, domains, log });
  const tables = await tablesOf(target.url);
  expect(tables).toContain('school.users');
  for (const schema of domains) expect(tables).toContain(`${schema}.foreigners`);
});

test('a name that has no migrations is passed over', async () => {
  await using target = await createEmptyDatabase();
  await migrate({ url: target.url, domains: ['nowhere'], log });
  expect(await tablesOf(target.url)).toContain('public.realtime_channels');
});

test('migration does not depend on the directory it is called from', async () => {
  await using target = await createEmptyDatabase();
  const directory = process.cwd();
  process.chdir('/');
  try {
    await migrate({ url: target.url, domains: [], log });
  } finally {
    process.chdir(directory);
  }
  expect(await tablesOf(target.url)).toContain('public.realtime_channels');
});

describe('a folder of numbered SQL files', () => {
  const folderOf = async (files: Readonly<Record<string, string>>) => {
    const folder = await mkdtemp(join(tmpdir(), 'tambuli-sql-'));
    for (const [name, text] of Object.entries(files)) await Bun.write(join(folder, name), text);
    return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  };
  const first = 'create schema shop; create table shop.orders (id integer primary key)';

  test('runs each file once, by its number, and knows which have not run', async () => {
    await using target = await createEmptyDatabase();
    await using connection = await openTestDatabase(target.url);
    const second = 'alter table shop.orders add total integer';
    await using sql = await folderOf({ '0002_total.sql': second, '0001_orders.sql': first, 'notes.md': '' });
    const domains = [{ name: 'shop', migrations: sql.folder }];
    expect(await pendingFolders(connection.query, domains, shippedFolder)).toContain('shop');
    for (let times = 0; times < 2; times++) await migrate({ url: target.url, domains, log });
    expect(await tablesOf(target.url)).toContain('shop.orders');
    expect(await pendingFolders(connection.query, domains, shippedFolder)).toEqual([]);
    await Bun.write(join(sql.folder, '0010_late.sql'), 'alter table shop.orders add late integer');
    expect(await pendingFolders(connection.query, domains, shippedFolder)).toEqual(['shop']);
    await migrate({ url: target.url, domains, log });
    const columns = await connection.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_schema = 'shop' order by ordinal_position`,
    );
    expect(columns.map(({ name }) => name)).toEqual(['id', 'total', 'late']);
  });

  test('without a number, or a folder that is not there, is named', async () => {
    await using target = await createEmptyDatabase();
    await using sql = await folderOf({ 'orders.sql': first });
    const run = (migrations: string) =>
      migrate({ url: target.url, domains: [{ name: 'shop', migrations }], log });
    await expect(run(sql.folder)).rejects.toThrow('needs a number: 0001_orders.sql');
    await expect(run('/nowhere')).rejects.toThrow('The migrations of the domain "shop" are not in /nowhere.');
  });
});

describe('a migration of a domain', () => {
  const create = 'create table "things" ("id" text primary key);--> statement-breakpoint\nselect 1';

  test('makes tables in public when there are none, and changes them later', async () => {
    await using target = await createEmptyDatabase();
    await using first = await writeFolder('shop', '', [create]);
    await migrate({ url: target.url, domains: ['shop'], folder: first.folder, log });
    await using both = await writeFolder('shop', '', [create, 'alter table things rename to goods']);
    await migrate({ url: target.url, domains: ['shop'], folder: both.folder, log });
    expect(await tablesOf(target.url)).toEqual(['drizzle.shop_migrations', 'public.goods']);
  });

  test('leaves tables of the application alone, for ever', async () => {
    await using target = await createEmptyDatabase();
    await using database = await openTestDatabase(target.url);
    await database.query('create table things (id integer)');
    await using first = await writeFolder('shop', '', [create]);
    await using both = await writeFolder('shop', '', [create, 'alter table things rename to goods']);
    for (const { folder } of [first, both]) {
      await migrate({ url: target.url, domains: ['shop'], folder, log });
      expect(await tablesOf(target.url)).toEqual(['public.things']);
    }
  });

  test('of a schema of its own does not mind a table of that name in public', async () => {
    await using target = await createEmptyDatabase();
    await using database = await openTestDatabase(target.url);
    await database.query('create table things (id integer)');
    const own = 'create schema shop;--> statement-breakpoint\ncreate table shop.things (id text)';
    await using folder = await writeFolder('shop', 'shop', [own]);
    await migrate({ url: target.url, domains: ['shop'], folder: folder.folder, log });
    expect(await tablesOf(target.url)).toContain('shop.things');
  });

  test('that fails halfway leaves nothing, and runs when it is mended', async () => {
    await using target = await createEmptyDatabase();
    await using broken = await writeFolder('shop', '', [create, 'alter table missing rename to goods']);
    const failure = await migrate({ url: target.url, domains: ['shop'], folder: broken.folder, log }).then(
      () => 'migrated',
      (error) => error,
    );
    expect(String(failure)).toContain('"missing" does not exist');
    expect(await tablesOf(target.url)).toEqual([]);
    await using mended = await writeFolder('shop', '', [create]);
    await migrate({ url: target.url, domains: ['shop'], folder: mended.folder, log });
    expect(await tablesOf(target.url)).toContain('public.things');
  });
});
