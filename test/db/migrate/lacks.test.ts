import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Database, Query } from '../../../src/db/connection/open.ts';
import { findLacks, type Lack } from '../../../src/db/migrate/lacks.ts';
import { migratableDomains } from '../../../src/db/migrate/migrate.ts';
import { neededTables } from '../../../src/db/migrate/needed.ts';
import { shippedDomains } from '../../../src/domains.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase({ domains: migratableDomains() });
  database = await openTestDatabase(target.url);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const undone = new Error('undone');

/** The parts found missing after `change`, which is undone. */
async function lacksAfter(change: string, tables: Parameters<typeof findLacks>[1]): Promise<readonly Lack[]> {
  let lacks: readonly Lack[] = [];
  await database
    .transaction(async (_, query: Query) => {
      await query(change);
      lacks = await findLacks(query, tables);
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  return lacks;
}

test('every domain that ships declares its tables, and a migrated database has all of them', async () => {
  for (const { name, schema } of shippedDomains) {
    const tables = neededTables(schema ?? {});
    expect([name, tables.length > 0]).toEqual([name, true]);
    expect(await findLacks(database.query, tables)).toEqual([]);
  }
});

describe.each(shippedDomains.map((domain) => [domain.name, domain] as const))('of %s', (_, domain) => {
  const tables = neededTables(domain.schema ?? {});
  const named = ({ schema, name }: (typeof tables)[number]) =>
    schema === 'public' ? name : `${schema}.${name}`;

  test('each table, each column, each right and each column too many is found by its name', async () => {
    for (const table of tables) {
      const sqlName = `"${table.schema}"."${table.name}"`;
      const found = (change: string) => lacksAfter(change, tables);
      expect(await found(`drop table ${sqlName} cascade`)).toEqual([
        { table: named(table), kind: 'no table' },
      ]);
      for (const column of table.columns) {
        expect(await found(`alter table ${sqlName} drop column "${column}" cascade`)).toEqual([
          { table: named(table), column, kind: 'no column' },
        ]);
      }
      const added = `alter table ${sqlName} add column barangay_code text not null`;
      expect(await found(`truncate ${sqlName} cascade; ${added}`)).toEqual([
        { table: named(table), column: 'barangay_code', kind: 'mandatory column' },
      ]);
      for (const column of table.optional) {
        const tightened = `alter table ${sqlName} alter column "${column}" drop default, alter column "${column}" set not null`;
        const isGenerated = await database.query(
          `select from pg_attribute where attrelid = '${sqlName}'::regclass and attname = '${column}' and attidentity <> ''`,
        );
        if (isGenerated.length > 0) continue;
        expect(await found(`truncate ${sqlName} cascade; ${tightened}`)).toEqual([
          { table: named(table), column, kind: 'mandatory column' },
        ]);
      }
      for (const harmless of ['text', `text not null default ''`, 'integer generated always as identity']) {
        expect(await found(`alter table ${sqlName} add column more ${harmless}`)).toEqual([]);
      }
    }
  });
});
