import { expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

async function batchesOf(drafts: readonly ReturnType<typeof draft>[]): Promise<number[]> {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const batches: number[] = [];
  const log = new PostgresEventLog(database, { onFlush: (size) => void batches.push(size) });
  const answers = await Promise.all(drafts.map((each) => log.append([each])));
  expect(answers.flat().map(({ offset }) => offset)).toEqual(drafts.map((_, index) => index + 1));
  return batches;
}

test('callers of one turn share a statement', async () => {
  expect(await batchesOf(Array.from({ length: 300 }, () => draft('a')))).toEqual([300]);
});

test('large publications of many callers are spread over statements, since each is delivered in one turn', async () => {
  const data = JSON.stringify('x'.repeat(100_000));
  const batches = await batchesOf(Array.from({ length: 12 }, () => ({ ...draft('a'), data })));
  expect(batches).toEqual([5, 5, 2]);
});
