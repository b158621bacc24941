import { describe, expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { appendInTransaction } from '../../../src/db/log/transaction.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url, { poolSize: 12 }));
  return { database, log: new PostgresEventLog(database), [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const hour = 3_600_000;
const unbounded = { ageMs: hour, count: 1_000_000 };
const age = (offsets: string, by: string) =>
  `update realtime_publications set created_at = created_at - interval '${by}' where "offset" ${offsets}`;

test('pruning by age removes what is older, of the namespace alone, in small steps', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.append(Array.from({ length: 10 }, (_, n) => draft(n % 2 ? 'team:1' : 'other')));
  await database.query(age('<= 4', '2 hours'));
  expect(await log.prune('team', unbounded, 3)).toBe(3);
  expect(await log.prune('team', unbounded, 3)).toBe(1);
  expect(await log.prune('team', unbounded, 3)).toBe(0);
  expect((await log.read('team:1', 4, 10)).publications.map(({ offset }) => offset)).toEqual([5]);
  expect((await log.read('other', 0, 10)).publications.length).toBe(5);
});

test('a publication goes when it is over either bound', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.append(Array.from({ length: 6 }, () => draft('a')));
  await database.query(age('<= 2', '2 hours'));
  expect(await log.prune('a', { ...unbounded, count: 3 }, 100)).toBe(3);
  await database.query(age('<= 5', '2 hours'));
  expect(await log.prune('a', { ...unbounded, count: 3 }, 100)).toBe(2);
  expect((await log.read('a', 5, 10)).publications.map(({ offset }) => offset)).toEqual([6]);
});

test('what another process is removing is left to it, and a reader between the two never skips over it', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.append(Array.from({ length: 10 }, () => draft('a')));
  await database.transaction(async (_, query) => {
    await query(`select from realtime_publications where "offset" <= 3 for update`);
    // The first three are held elsewhere, and may stay.
    expect(await log.prune('a', { ...unbounded, count: 4 }, 100)).toBe(3);
  });
  const page = (after: number) =>
    log.read('a', after, 100).then(({ publications }) => publications.map((p) => p.offset));
  expect(await page(0)).toEqual([1, 2, 3]);
  expect((await page(3))[0]).not.toBe(4);
  expect(await log.prune('a', { ...unbounded, count: 4 }, 100)).toBe(3);
  expect(await page(6)).toEqual([7, 8, 9, 10]);
});

test('appends wait for no pruner, nor a pruner for them', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.append(Array.from({ length: 10 }, () => draft('a')));
  await database.transaction(async (_, query) => {
    await new PostgresEventLog({ query }).prune('a', { ...unbounded, count: 2 }, 5);
    expect(await log.append([draft('a')])).toMatchObject([{ offset: 11 }]);
  });
  await database.transaction(async (_, query) => {
    await query(`select from realtime_channels where name = 'a' for update`);
    expect(await log.prune('a', { ...unbounded, count: 2 }, 100)).toBe(4);
  });
});

test('several processes that prune while others append leave what is to be kept, whole', async () => {
  await using subject = await openSubject();
  const { log } = subject;
  let appending = true;
  const writers = Array.from({ length: 4 }, async () => {
    for (let n = 0; n < 50; n++)
      await log.append(Array.from({ length: 10 }, (_, i) => draft(`team:${i % 3}`)));
  });
  const pruners = Array.from({ length: 3 }, async () => {
    while (appending || (await log.prune('team', { ...unbounded, count: 20 }, 25)) > 0)
      await log.prune('team', { ...unbounded, count: 20 }, 25);
  });
  await Promise.all(writers);
  appending = false;
  await Promise.all(pruners);
  for (const [channel, head] of [
    ['team:0', 800],
    ['team:1', 600],
    ['team:2', 600],
  ] as const) {
    const { publications } = await log.read(channel, head - 20, 1_000);
    expect(publications.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 20 }, (_, n) => head - 19 + n),
    );
    expect((await log.read(channel, 0, 1_000)).publications[0]?.offset).toBe(head - 19);
  }
});

describe('an idempotency key', () => {
  const keyed = () => draft('a', { idempotencyKey: 'k' });
  const ageKeys = (by: string) =>
    `update realtime_idempotency_keys set created_at = created_at - interval '${by}'`;

  test('is known for a day and then names a new publication, also when many come at once', async () => {
    await using subject = await openSubject();
    const { database, log } = subject;
    await log.append([keyed()]);
    await database.query(ageKeys('23 hours 59 minutes'));
    expect(await log.append([keyed()])).toMatchObject([{ offset: 1, repeated: true }]);
    await database.query(ageKeys('2 minutes'));
    const other = new PostgresEventLog(database);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? log : other).append([keyed()])),
    );
    expect(answers.flat().map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, () => 2));
    expect(answers.flat().filter(({ repeated }) => !repeated).length).toBe(1);
  });

  test('is removed by the same pruner once it is a day old', async () => {
    await using subject = await openSubject();
    const { database, log } = subject;
    await log.append(Array.from({ length: 10 }, (_, n) => draft('a', { idempotencyKey: `k${n}` })));
    await database.query(ageKeys('25 hours'));
    await log.append([draft('a', { idempotencyKey: 'new' })]);
    await log.prune('other', unbounded, 3);
    expect(await database.query('select key from realtime_idempotency_keys')).toEqual([{ key: 'new' }]);
  });

  test('published in two transactions at once is one publication', async () => {
    await using subject = await openSubject();
    const { database, log } = subject;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => appendInTransaction(database, async (_, publish) => publish(keyed()))),
    );
    expect(new Set(answers.map(({ publications }) => publications[0]?.id)).size).toBe(1);
    expect((await log.head('a')).offset).toBe(1);
  });
});
