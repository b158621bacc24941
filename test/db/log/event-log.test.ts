import { expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { draft, eventLogContract, type Subject } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

async function openLogs(driver: 'tcp' | 'neon'): Promise<Subject> {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const open = async () => new PostgresEventLog(stack.use(await openTestDatabase(url, { driver })));
  return { logs: [await open(), await open()], [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

eventLogContract('the Postgres log over TCP', () => openLogs('tcp'));
eventLogContract('the Postgres log over the Neon driver', () => openLogs('neon'));

test('timestamps of a channel do not run backwards when the clock of the server does', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const log = new PostgresEventLog(database);
  await log.append([draft('a')]);
  await database.query(`update realtime_channels set updated_at = now() + interval '1 day'`);
  const later = await log.append([draft('a')]);
  expect(Date.parse(later[0]?.timestamp ?? '')).toBeGreaterThan(Date.now() + 80_000_000);
});

test('callers that wait at the same time share one statement', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  let statements = 0;
  const log = new PostgresEventLog({
    query: (text, values) => {
      statements++;
      return database.query(text, values);
    },
  });
  await Promise.all(Array.from({ length: 600 }, () => log.append([draft('a')])));
  expect(statements).toBe(2);
  expect((await log.head('a')).offset).toBe(600);
});
