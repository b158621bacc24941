import { expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
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

/** The log, and what it asks of the database. */
function countingLog({ query }: Database) {
  const statements: string[] = [];
  const log = new PostgresEventLog({
    query: (text, values, how) => {
      statements.push(text);
      return query(text, values, how);
    },
  });
  return { log, statements };
}

test('heads of many channels asked for at once, new and known ones, are one statement', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const { log, statements } = countingLog(database);
  await log.append(Array.from({ length: 100 }, (_, n) => draft(`known:${n}`)));
  statements.length = 0;
  const names = Array.from({ length: 1_000 }, (_, n) => `${n < 100 ? 'known' : 'new'}:${n}`);
  const heads = await Promise.all([...names, ...names].map((name) => log.head(name)));
  expect(statements.length).toBe(1);
  expect(heads.slice(0, 1_000)).toEqual(heads.slice(1_000));
  expect(new Set(heads.map(({ epoch }) => epoch)).size).toBe(1_000);
  const same = await Promise.all(names.map((name) => log.head(name)));
  expect(same).toEqual(heads.slice(0, 1_000));
});

test('two processes that look first at the same channels at once agree on their epochs', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const logs = [new PostgresEventLog(database), new PostgresEventLog(database)];
  const names = Array.from({ length: 200 }, (_, n) => `new:${n}`);
  for (let round = 0; round < 5; round++) {
    const own = names.map((name) => `${name}:${round}`);
    const [here, there] = await Promise.all(
      logs.map((log) => Promise.all(own.map((name) => log.head(name)))),
    );
    expect(here).toEqual(there ?? []);
  }
});

test('pages of many channels asked for at once are one statement, and no more data than one can take', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const { log, statements } = countingLog(database);
  const names = Array.from({ length: 200 }, (_, n) => `open:${n}`);
  const large = JSON.stringify('x'.repeat(10_000));
  await log.append(names.flatMap((name) => [1, 2, 3, 4].map(() => ({ ...draft(name), data: large }))));
  statements.length = 0;
  const [pages, missing] = await Promise.all([
    Promise.all(names.map((name) => log.read(name, 1, 100))),
    log.read('open:never', 0, 100),
  ]);
  expect(statements.filter((text) => text.includes('realtime_publications')).length).toBe(1);
  expect(missing).toMatchObject({ head: { offset: 0 }, publications: [] });
  for (const [index, { head, publications }] of pages.entries()) {
    expect(head.offset).toBe(4);
    expect(publications[0]).toMatchObject({ channel: names[index], offset: 2 });
    expect(publications.length).toBeWithin(1, 4);
  }
  const data = pages
    .flatMap(({ publications }) => publications)
    .reduce((sum, each) => sum + each.data.length, 0);
  expect(data).toBeLessThan(4.5 * 1024 * 1024);
});

test('a database that takes no writes still knows the heads of channels that were opened', async () => {
  await using target = await createTestDatabase();
  await using database = await openTestDatabase(target.url);
  const head = await new PostgresEventLog(database).head('open:known');
  const name = new URL(target.url).pathname.slice(1);
  await database.query(`alter database "${name}" set default_transaction_read_only = on`);
  await using readOnly = await openTestDatabase(target.url);
  const log = new PostgresEventLog(readOnly);
  const [known, unknown] = await Promise.allSettled([log.head('open:known'), log.head('open:new')]);
  expect(known).toEqual({ status: 'fulfilled', value: head });
  expect(unknown).toMatchObject({ status: 'rejected', reason: { code: 'database_read_only' } });
});
