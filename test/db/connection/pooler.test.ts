import { describe, expect } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { createLogger } from '../../../src/logger.ts';
import { draft } from '../../contracts/event-log.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startPgBouncer } from '../../support/postgres/pgbouncer.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/postgres/postgres.ts';
import { lockTable } from '../../support/postgres/table-lock.ts';
import { needs } from '../../support/processes/components.ts';
import { startTestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const testPooler = needs('pgbouncer');
const log = createLogger('silent');

const locks = `select 1 from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;

describe('a pooler that hands out transactions, by any name,', () => {
  testPooler('is migrated through, twice, and keeps no lock', async () => {
    await using target = await createEmptyDatabase();
    await using pooler = await startPgBouncer(target.url, 'transaction');
    await using database = await openTestDatabase(target.url);
    for (let times = 0; times < 2; times++) {
      await Promise.all([1, 2, 3].map(() => migrate({ url: pooler.url, domains: ['barangay'], log })));
      expect(await database.query(locks)).toEqual([]);
    }
    expect(await database.query('select 1 from drizzle.realtime_migrations')).not.toEqual([]);
  });

  testPooler(
    'takes the limits of a statement: a locked table keeps nothing, and nothing happens later',
    async () => {
      await using target = await createTestDatabase();
      await using pooler = await startPgBouncer(target.url, 'transaction');
      await using observer = await openTestDatabase(target.url);
      await using database = await openTestDatabase(pooler.url, { queryTimeoutMs: 1_500 });
      const events = new PostgresEventLog(database);
      await events.append([draft('a')]);
      await using lock = await lockTable(observer, 'realtime_publications');
      const attempts = [
        events.append([draft('a')]),
        database.query('delete from realtime_publications'),
        database.transaction((_, query) => query('delete from realtime_publications')),
      ];
      for (const outcome of await Promise.allSettled(attempts)) {
        expect(outcome).toMatchObject({ reason: { code: 'database_unavailable', uncertain: false } });
      }
      await lock.release();
      await observer.transaction((_, query) => query('lock table realtime_publications'));
      expect((await events.read('a', 0, 10)).publications).toHaveLength(1);
    },
  );

  testPooler(
    'carries a whole service, which says once that notifications do not arrive and what to set',
    async () => {
      await using target = await createTestDatabase({ domains: ['barangay'] });
      await using pooler = await startPgBouncer(target.url, 'transaction');
      const env = { BROKER: 'postgres', HEAD_CHECK_MS: '200', QUERY_TIMEOUT_MS: '10000' };
      await using service = await startTestService({
        database: { url: pooler.url, [Symbol.asyncDispose]: () => Promise.resolve() },
        env,
      });
      const said = await service.nextLog('notifications do not arrive', 20_000);
      expect(said).toContain('DATABASE_URL_DIRECT');
      await until(async () => (await service.get('/health/ready')).status === 200);
      await using phone = await connect(`${service.socketUrl}?userId=user123&role=officer`);
      phone.send({ type: 'subscribe', channel: 'hearings' });
      await phone.next('subscribed');
      // Enough statements that every session of the pooler had its turn.
      await service.database.query(
        `select realtime_publish('hearings', 'hearing_update', 'created', '{"n": 1}')`,
      );
      expect(await phone.next('hearing_update')).toMatchObject({ data: { n: 1 }, offset: 1 });
      expect(service.logged()).not.toContain('"code":"internal"');
    },
    60_000,
  );
});

describe('a pooler that hands out sessions', () => {
  testPooler(
    'is listened through',
    async () => {
      await using target = await createTestDatabase({ domains: ['barangay'] });
      await using pooler = await startPgBouncer(target.url, 'session', { poolSize: 40 });
      await using service = await startTestService({
        database: { url: pooler.url, [Symbol.asyncDispose]: () => Promise.resolve() },
        env: { BROKER: 'postgres' },
      });
      await until(async () => (await service.get('/health/ready')).status === 200);
      expect(service.logged()).not.toContain('notifications do not arrive');
    },
    30_000,
  );
});
