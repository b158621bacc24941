import { expect, test } from 'bun:test';
import pg from 'pg';
import { shippedDomains } from '../../src/domains.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { ownFences, pages } from './pages.ts';

const written = pages.filter((page) => ownFences(page, 'sql').length > 0);

for (const page of written) {
  test(`the SQL of ${page.path} is carried out by Postgres`, async () => {
    await using database = await createTestDatabase({ domains: shippedDomains.map(({ name }) => name) });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      for (const { code } of ownFences(page, 'sql')) await carryOut(client, code);
    } finally {
      await client.end();
    }
    expect(ownFences(page, 'sql').length).toBeGreaterThan(0);
  });
}

/** Runs as psql does: after a statement that ends in `\gexec`, the texts that it returned are carried out. */
async function carryOut(client: pg.Client, code: string): Promise<void> {
  const [statement = '', executed] = code.split('\\gexec');
  const { rows } = await client.query<Record<string, string>>(statement);
  if (executed === undefined) return;
  for (const row of rows) for (const made of Object.values(row)) await client.query(made);
}
