import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { migratableDomains, migrate } from '../../../src/db/migrate/migrate.ts';
import { installTriggers, removeTriggers, stateOf } from '../../../src/db/triggers/triggers.ts';
import { barangayTables } from '../../../src/domains/barangay/triggers.ts';
import { createLogger } from '../../../src/logger.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import {
  describeForeignObjects,
  foreignSchema,
  ourFunctions,
} from '../../support/postgres/foreign-schema.ts';
import { createEmptyDatabase, startPostgres } from '../../support/postgres/postgres.ts';
import { needs, POSTGRES_BIN } from '../../support/processes/components.ts';

const log = createLogger('silent');
// The school's tracked events have tables in `public`, by the names its team gave them: they come beside others where
// somebody mounts it, and are not what this is about.
const domains = migratableDomains().filter((name) => name !== 'school');

async function installApplication(url: string): Promise<void> {
  await using database = await openTestDatabase(url);
  for (const statement of foreignSchema()) await database.query(statement);
}

/** Triggers on every table we publish, and off again. */
async function installAndRemove(url: string): Promise<void> {
  await using database = await openTestDatabase(url);
  const states = () => Promise.all(barangayTables.map((table) => stateOf(database.query, table)));
  await database.transaction((_, query) => installTriggers(query, barangayTables));
  expect(await states()).toEqual(barangayTables.map(() => 'installed'));
  await database.transaction((_, query) => removeTriggers(query, barangayTables));
  expect(await states()).toEqual(barangayTables.map(() => 'absent'));
}

async function describeObjects(url: string): Promise<string[]> {
  await using database = await openTestDatabase(url);
  return (await database.query<{ line: string }>(describeForeignObjects)).map(({ line }) => line);
}

test('the catalogs say the same of an application once we have migrated, and when our triggers have come and gone', async () => {
  await using target = await createEmptyDatabase();
  await installApplication(target.url);
  const before = await describeObjects(target.url);
  expect(before.filter((line) => line.startsWith('index ')).length).toBeGreaterThanOrEqual(30);
  for (let times = 0; times < 2; times++) await migrate({ url: target.url, domains, log });
  expect(await describeObjects(target.url)).toEqual(before);
  await installAndRemove(target.url);
  expect(await describeObjects(target.url)).toEqual(before);
  await using database = await openTestDatabase(target.url);
  expect(await database.query('select last_offset from realtime_channels')).toEqual([]);
});

needs('postgres')('pg_dump of that application, rows included, is the same byte for byte', async () => {
  const bin = POSTGRES_BIN ?? '';
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
    const text = stdout.toString().replaceAll(/^\\(un)?restrict .*$/gm, '');
    return stderr.toString() + text.replaceAll(/\n{3,}/g, '\n\n');
  };
  // The barangay's tables are the application's; every other domain has a schema of its own.
  const ourSchemas = ['drizzle', ...domains.filter((name) => name !== 'barangay')];
  const dumpWithoutOurs = () =>
    dump(
      '--exclude-table=public.realtime_*',
      ...ourSchemas.map((name) => `--exclude-schema=${name}`),
    ).replaceAll(ourBlocks, '');
  const before = dump();
  expect(before.match(/^CREATE TABLE/gm)?.length).toBe(15);
  await migrate({ url: server.url, domains, log });
  expect(dump()).toContain('CREATE TABLE public.realtime_publications');
  expect(dumpWithoutOurs()).toBe(before);
  await installAndRemove(server.url);
  expect(dumpWithoutOurs()).toBe(before);
});

/** pg_dump has no flag to leave out functions: each is a block that begins with its name and ends before the next. */
const ourBlocks = new RegExp(
  `--\\n-- Name: (FUNCTION )?(${ourFunctions.join('|')})\\([\\s\\S]*?\\n\\n(?=--\\n|SET default)`,
  'g',
);
