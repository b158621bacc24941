import { afterAll, expect, test } from 'bun:test';
import pg from 'pg';
import { arrayLiteral } from '../../src/db/array-literal.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';

const opened = new AsyncDisposableStack();
afterAll(() => opened.disposeAsync());

test('Postgres reads every list back as it was', async () => {
  const database = opened.use(await createTestDatabase({ domains: [] }));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  opened.defer(() => client.end());
  const lists: readonly (readonly (string | null)[])[] = [
    [],
    ['', ' ', 'NULL', '{}', '{"a":"b\\n"}', 'a,b', "it's"],
    ['"', '\\', '\\"', '"\\', 'line\nbreak "quoted"', 'tab\t\\', '\u0001"', '"😀"', 'Ñandú "', '\u2028"'],
    [null, 'null', null],
  ];
  for (const list of lists) {
    const { rows } = await client.query('select $1::text[] as list', [arrayLiteral(list)]);
    expect(rows[0].list).toEqual(list);
  }
  const { rows } = await client.query('select $1::integer[] as numbers, $2::boolean[] as flags', [
    arrayLiteral([1, -2, 3]),
    arrayLiteral([true, false]),
  ]);
  expect(rows[0]).toEqual({ numbers: [1, -2, 3], flags: [true, false] });
});

test('a list of anything else is left to the driver', () => {
  for (const value of [[new Date(0)], [['a']], [{ a: 1 }], 'text', null, 5])
    expect(arrayLiteral(value)).toBe(value);
});
