import { describe, expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { lockTable } from '../../support/postgres/table-lock.ts';

const poolSize = 3;

async function openSubject(driver: 'tcp' | 'neon') {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const limits = { poolSize, queryTimeoutMs: 1_000, connectTimeoutMs: 5_000 };
  const database = stack.use(await openTestDatabase(url, { driver, ...limits }));
  const observer = stack.use(await openTestDatabase(url, { queryTimeoutMs: 60_000 }));
  return { database, observer, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const backends = `select count(*)::integer as count from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;

for (const driver of ['tcp', 'neon'] as const) {
  describe(`a locked table, over ${driver},`, () => {
    test('keeps no more backends than the pool has places, and nothing that was refused happens later', async () => {
      await using subject = await openSubject(driver);
      const { database, observer } = subject;
      const log = new PostgresEventLog(database);
      await log.append([draft('a')]);
      await using lock = await lockTable(observer, 'realtime_publications');
      const attempts = Array.from({ length: 3 }, () => [
        log.append([draft('a')]),
        database.query(`insert into realtime_publications (channel, "offset", id, type, data, created_at)
          values ('b', 1, 'x', 't', '{}', now())`),
        database.transaction((_, query) => query('delete from realtime_publications')),
      ]);
      for (const outcome of await Promise.allSettled(attempts.flat())) {
        expect(outcome).toMatchObject({ reason: { code: 'database_unavailable', uncertain: false } });
      }
      const [row] = await observer.query<{ count: number }>(backends);
      // The pool's, and the one that holds the lock.
      expect(row?.count).toBeLessThanOrEqual(poolSize + 1);
      await lock.release();
      // A statement that still waited on the server would have its turn before this one.
      await observer.transaction((_, query) => query('lock table realtime_publications'));
      expect((await log.read('a', 0, 10)).publications).toHaveLength(1);
      expect((await log.append([draft('a')]))[0]?.offset).toBe(2);
      expect(await database.query('select 1 from realtime_publications')).toHaveLength(2);
    });
  });
}

test('a statement that the server does not end by itself is cancelled before its caller is told', async () => {
  await using subject = await openSubject('tcp');
  const { database, observer } = subject;
  const sleeping = database.query(
    `select set_config('statement_timeout', '0', false), pg_sleep(0) union all select 'x', pg_sleep(60)`,
  );
  await expect(sleeping).rejects.toMatchObject({ code: 'database_unavailable', uncertain: false });
  expect(
    await observer.query(`select from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active'
    and pid <> pg_backend_pid()`),
  ).toHaveLength(0);
});
