import { expect, test } from 'bun:test';
import { QueryError } from '../../../src/db/connection/errors.ts';
import { writeInParts } from '../../../src/db/log/divide.ts';

const refusal = (sqlState: string) => new QueryError(sqlState, { message: 'refused' });

/** Writes rows but those that are `bad`; returns what was written and put aside, and in how many statements. */
async function write(rows: readonly number[], bad: readonly number[], sqlState = '22P05') {
  const written: number[] = [];
  const aside: number[] = [];
  let statements = 0;
  await writeInParts(
    rows,
    (part) => {
      statements += 1;
      if (part.some((row) => bad.includes(row))) return Promise.reject(refusal(sqlState));
      written.push(...part);
      return Promise.resolve();
    },
    (row) => aside.push(row),
  );
  return { written, aside, statements };
}

const rows = Array.from({ length: 100 }, (_, index) => index);

test('one statement writes what nothing is wrong with', async () => {
  expect(await write(rows, [])).toEqual({ written: rows, aside: [], statements: 1 });
  expect(await write([], [])).toEqual({ written: [], aside: [], statements: 0 });
});

test('refused rows are put aside and all others are written, in order', async () => {
  for (const bad of [[0], [99], [42], [0, 1, 50, 99], rows]) {
    const { written, aside, statements } = await write(rows, bad);
    expect(written).toEqual(rows.filter((row) => !bad.includes(row)));
    expect(aside).toEqual(bad);
    expect(statements).toBeLessThanOrEqual(1 + 2 * 7 * bad.length);
  }
});

test.each(['21000', '22003', '23514', '42501', '44000', '54000', 'P0001'])(
  '%s is about the values of a row',
  async (sqlState) => {
    expect(await write([1, 2], [2], sqlState)).toMatchObject({ written: [1], aside: [2] });
  },
);

test.each(['08006', '40001', '42P01', '53100', '57014', '55P03'])(
  '%s is about no row, and rejects',
  async (sqlState) => {
    const failure = await write(rows, [1], sqlState).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QueryError);
  },
);
