import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { migratableDomains, migrate } from '../../src/db/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import { openTestDatabase } from '../support/database.ts';
import { describeForeignObjects, foreignSchema } from '../support/foreign-schema.ts';
import { createEmptyDatabase, startPostgres } from '../support/postgres.ts';

const log = createLogger('silent');
const domains = [...new Set([...migratableDomains(), 'barangay'])];

async function installApplication(url: string): Promise<void> {
  await using database = await openTestDatabase(url);
  for (const statement of foreignSchema()) await database.query(statement);
}

async function describeObjects(url: string): Promise<string[]> {
  await using database = await openTestDatabase(url);
  return (await database.query<{ line: string }>(describeForeignObjects)).map(({ line }) => line);
}

test('the catalogs say the same of an application that was there before, once we have migrated', async () => {
  await using target = await createEmptyDatabase();
  await installApplication(target.url);
  const before = await describeObjects(target.url);
  expect(before.filter((line) => line.startsWith('index ')).length).toBeGreaterThanOrEqual(30);
  for (let times = 0; times < 2; times++) await migrate({ url: target.url, domains, log });
  expect(await describeObjects(target.url)).toEqual(before);
  await using database = await openTestDatabase(target.url);
  expect(await database.query('select last_offset from realtime_channels')).toEqual([]);
});

// pg_dump refuses a server newer than itself and is not part of the embedded binaries, so where the system has a
// whole Postgres, that one is both.
const system = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
  .filter((parent) => existsSync(parent))
  .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name, 'bin')))
  .find((bin) => ['initdb', 'postgres', 'pg_dump'].every((name) => existsSync(join(bin, name))));

test.skipIf(!system)('pg_dump of that application, rows included, is the same byte for byte', async () => {
  const bin = system ?? '';
  const binaries = {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    initdbFlags: ['--locale=C'],
  };
  await using server = await startPostgres({ binaries });
  await installApplication(server.url);
  const dump = (...flags: string[]) => {
    const { stdout, stderr } = Bun.spawnSync([join(bin, 'pg_dump'), ...flags, server.url]);
    // The key of `\restrict` is random in every dump.
    return stderr.toString() + stdout.toString().replaceAll(/^\\(un)?restrict .*$/gm, '');
  };
  const before = dump();
  expect(before.match(/^CREATE TABLE/gm)?.length).toBe(15);
  await migrate({ url: server.url, domains, log });
  expect(dump()).toContain('CREATE TABLE public.realtime_publications');
  expect(dump('--exclude-table=public.realtime_*', '--exclude-schema=drizzle')).toBe(before);
});
