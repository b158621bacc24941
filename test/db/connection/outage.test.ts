import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import type { Database } from '../../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { realtimeChannels } from '../../../src/db/schema.ts';
import { AppError } from '../../../src/errors.ts';
import { createLogger } from '../../../src/logger.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase, startPostgres } from '../../support/postgres/postgres.ts';

const limits = { poolSize: 3, queryTimeoutMs: 1_500, connectTimeoutMs: 2_000 };

async function startSubject(driver: 'tcp' | 'neon') {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startPostgres());
  await migrate({ url: server.url, driver: 'tcp', domains: [], log: createLogger('silent') });
  if (driver === 'neon') stack.use(startNeonRelay());
  const database = stack.use(await openTestDatabase(server.url, { driver, ...limits }));
  return { server, database, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** One attempt of each way there is to reach the database. */
function attempts(database: Database): Promise<unknown>[] {
  const log = new PostgresEventLog(database);
  return [
    database.query('select 1'),
    database.db.select().from(realtimeChannels),
    database.transaction((tx) => tx.select().from(realtimeChannels)),
    log.append([draft('a')]),
    log.read('a', 0, 1),
  ];
}

async function expectUnavailable(work: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    const reason: unknown = outcome.status === 'rejected' ? outcome.reason : 'it succeeded';
    expect(reason).toBeInstanceOf(AppError);
    expect(reason).toMatchObject({ code: 'database_unavailable', retryAfterMs: 2_000 });
  }
}

for (const driver of ['tcp', 'neon'] as const) {
  // The relay of the Neon driver is one for the process.
  const run = driver === 'tcp' ? test.concurrent : test;
  describe(`over ${driver}`, () => {
    run('a stopped database is unavailable at once, and works again when it is back', async () => {
      await using subject = await startSubject(driver);
      const { server, database } = subject;
      await Promise.all(attempts(database));
      for (let round = 0; round < 2; round++) {
        await server.stop();
        await expectUnavailable(attempts(database));
        await server.start();
        await Promise.all(attempts(database));
      }
    });

    run(
      'a hung database keeps nobody longer than the limits, and no broken connection afterwards',
      async () => {
        await using subject = await startSubject(driver);
        const { server, database } = subject;
        await Promise.all(attempts(database));
        await server.pause();
        await expectUnavailable(attempts(database));
        await expectUnavailable(attempts(database));
        await server.resume();
        // More than the pool holds, so every connection is used: an answer that came late would go to the wrong query.
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, n) =>
            database.query<{ n: string }>('select $1::text as n', [String(n)]),
          ),
        );
        expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 12 }, (_, n) => String(n)));
        await Promise.all(attempts(database));
      },
    );

    run('a statement under way when the database stops is unavailable, not lost', async () => {
      await using subject = await startSubject(driver);
      const { server, database } = subject;
      await database.query('select 1');
      const sleeping = Promise.allSettled([
        database.query('select pg_sleep(60)'),
        database.transaction((_, query) => query('select pg_sleep(60)')),
      ]);
      await Promise.all([sleeping, server.stop()]);
      for (const outcome of await sleeping)
        expect(outcome).toMatchObject({ reason: { code: 'database_unavailable' } });
    });

    run('a connection whose statement timed out is not used again', async () => {
      await using subject = await startSubject(driver);
      const slow = subject.database.transaction(async (tx, query) => {
        await tx.insert(realtimeChannels).values({ name: 'never', epoch: 'e' });
        await query('select pg_sleep(600)');
      });
      await expectUnavailable([slow]);
      const [row] = await subject.database.query(`select 'mine' as answer`);
      expect(row).toEqual({ answer: 'mine' });
      const rows = await subject.database.db
        .select()
        .from(realtimeChannels)
        .where(eq(realtimeChannels.name, 'never'));
      expect(rows).toEqual([]);
    });
  });
}

test('a relay that dies under the Neon driver is an outage like any other', async () => {
  await using target = await createTestDatabase();
  await using relay = startNeonRelay();
  await using database = await openTestDatabase(target.url, { driver: 'neon', ...limits });
  await Promise.all(attempts(database));
  await relay.stop();
  await expectUnavailable(attempts(database));
  relay.start();
  await Promise.all(attempts(database));
});

test('a full pool is unavailable when no connection comes back in time', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url, {
    ...limits,
    poolSize: 1,
    queryTimeoutMs: 60_000,
  });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = database.transaction(async (_tx, query) => {
    await query('select 1');
    held.resolve();
    await released;
  });
  await held.promise;
  await expectUnavailable([database.query('select 1')]);
  release();
  await holding;
  expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
});
