import { expect, test } from 'bun:test';
import { parseConfig } from '../../src/config/config.ts';
import { mountedDomains, shippedDomains } from '../../src/domains.ts';
import { createLogger } from '../../src/logger.ts';
import { startService } from '../../src/service.ts';
import repository from '../../tambuli.config.json';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase } from '../support/postgres/postgres.ts';

test('an application that names no domain gets the engine alone: no routes, channels or tables of others', async () => {
  await using database = await createEmptyDatabase();
  const env = { NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', DATABASE_URL: database.url };
  await using service = await startService({ ...parseConfig(env), logger: createLogger('silent') });
  const paths = service.app.routes.map(({ path }) => path);
  expect(paths).toContain('/health');
  expect(paths.filter((path) => /broadcast|venues|cases|issues|v1/.test(path))).toEqual([]);
  await using connection = await openTestDatabase(database.url);
  const schemas = await connection.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname = any($1::text[])`,
    [`{${shippedDomains.map(({ name }) => name).join(',')}}`],
  );
  expect(schemas).toEqual([]);
  const tables = await connection.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
  );
  expect(tables.length).toBeGreaterThan(0);
  expect(tables.filter(({ name }) => !name.startsWith('realtime_'))).toEqual([]);
});

test('the development start of this repository names every domain that ships', () => {
  expect(repository.domains.toSorted()).toEqual(shippedDomains.map(({ name }) => name).toSorted());
});

test('a domain that nobody ships is refused by its name, and so are two of one name', () => {
  expect(() => mountedDomains(['moon'])).toThrow('No domain that ships has the name "moon".');
  expect(() => mountedDomains(['venues'], shippedDomains)).toThrow('Two domains have the name "venues".');
});
