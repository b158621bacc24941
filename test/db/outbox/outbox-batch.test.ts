import { expect, test } from 'bun:test';
import { moveOutbox } from '../../../src/db/outbox/outbox-move.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

test('large rows are moved in batches that a send buffer can take, in order, and none is left', async () => {
  await using created = await createTestDatabase();
  await using database = await openTestDatabase(created.url);
  await database.query(
    `select realtime_publish('c', 'large', null, jsonb_build_object('n', n, 'filling', repeat('x', 100000)))
     from generate_series(1, 30) n`,
  );
  const sizes: number[] = [];
  const offsets: number[] = [];
  for (let isFull = true; isFull; ) {
    const moved = await moveOutbox(database.query, 500);
    isFull = moved.isFull;
    const bytes = moved.publications.reduce((sum, { data }) => sum + data.length, 0);
    sizes.push(bytes);
    offsets.push(...moved.publications.map(({ offset }) => offset));
    expect(moved.publications.map(({ data }) => JSON.parse(data).n)).toEqual(
      moved.publications.map(({ offset }) => offset),
    );
  }
  expect(Math.max(...sizes)).toBeLessThan(640 * 1024);
  expect(offsets).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
});
