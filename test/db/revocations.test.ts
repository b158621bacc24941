import { expect, test } from 'bun:test';
import { PostgresRevocations } from '../../src/db/revocations.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url));
  const revocations = new PostgresRevocations(database.query);
  return { database, query: database.query, revocations, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a revocation is answered with its time by the clock of the database, and read as it was answered', async () => {
  await using subject = await openSubject();
  const { query, revocations } = subject;
  const clock = async () => {
    const [row] = await query<{ ms: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
    );
    return row?.ms ?? Number.NaN;
  };
  expect(await revocations.read()).toEqual(new Map());
  const before = await clock();
  const ana = await revocations.revoke('ana');
  const odd = await revocations.revoke("ñ'; -- 漢");
  const after = await clock();
  expect(Number.isInteger(ana)).toBe(true);
  expect(ana).toBeGreaterThanOrEqual(before);
  expect(odd).toBeLessThan(after + 1);
  expect(await revocations.read()).toEqual(
    new Map([
      ['ana', ana],
      ["ñ'; -- 漢", odd],
    ]),
  );
});

test('a later revocation replaces the one before, and never goes back', async () => {
  await using subject = await openSubject();
  const { query, revocations } = subject;
  const first = await revocations.revoke('ana');
  await query(`update realtime_revocations set revoked_at = revoked_at - interval '1 hour'`);
  const second = await revocations.revoke('ana');
  expect(second).toBeGreaterThanOrEqual(first);
  await query(`update realtime_revocations set revoked_at = revoked_at + interval '1 hour'`);
  const third = await revocations.revoke('ana');
  expect(third).toBe(second + 3_600_000);
  expect(await revocations.read()).toEqual(new Map([['ana', third]]));
});

test('many at once for one user leave one, which is the latest', async () => {
  await using subject = await openSubject();
  const times = await Promise.all(Array.from({ length: 20 }, () => subject.revocations.revoke('ana')));
  expect(await subject.revocations.read()).toEqual(new Map([['ana', Math.max(...times)]]));
});

test('in a transaction that is rolled back nothing is revoked', async () => {
  await using subject = await openSubject();
  const { database, revocations } = subject;
  const failed = database.transaction(async (_, within) => {
    await new PostgresRevocations(within).revoke('ana');
    throw new Error('changed my mind');
  });
  await expect(failed).rejects.toThrow('changed my mind');
  expect(await revocations.read()).toEqual(new Map());
  const at = await database.transaction((_, within) => new PostgresRevocations(within).revoke('ana'));
  expect(await revocations.read()).toEqual(new Map([['ana', at]]));
});
