import { expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

/** One connection, so that every statement meets the session that the one before it has left. */
async function openSubject(driver: 'tcp' | 'neon') {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const database = stack.use(await openTestDatabase(url, { driver, poolSize: 1 }));
  const prepared = async () => {
    const rows = await database.query<{ count: string }>(
      `select count(*) from pg_prepared_statements where name like 'tambuli_%'`,
    );
    return Number(rows[0]?.count);
  };
  const log = new PostgresEventLog(database);
  return { database, log, prepared, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

for (const driver of ['tcp', 'neon'] as const) {
  test(`the append is prepared once per connection (${driver})`, async () => {
    await using subject = await openSubject(driver);
    for (let n = 0; n < 3; n++) await subject.log.append([draft('a')]);
    expect(await subject.prepared()).toBe(1);
    await subject.log.append([{ ...draft('a'), idempotencyKey: 'key' }]);
    expect(await subject.prepared()).toBe(2);
  });

  test(`in a session that does not know the statement it runs once, unprepared from then on (${driver})`, async () => {
    await using subject = await openSubject(driver);
    await subject.log.append([draft('a')]);
    await subject.database.query('deallocate all');
    const again = await subject.log.append([draft('a')]);
    expect(again[0]?.offset).toBe(2);
    expect((await subject.log.append([draft('a')]))[0]?.offset).toBe(3);
    expect(await subject.prepared()).toBe(0);
  });
}

for (const driver of ['tcp', 'neon'] as const) {
  test(`a prepared statement returns the same values each time, and fails alone (${driver})`, async () => {
    await using subject = await openSubject(driver);
    const text = `select $1::int as number, $2::text as text, $3::text[] as list, $4::json as json, 1 / $1::int as ratio`;
    const run = (number: number) =>
      subject.database.query(text, [number, null, ['a', 'b"'], '{"n":9007199254740993}'], 'prepared');
    const first = await run(1);
    expect(first).toMatchObject([{ number: 1, text: null, list: ['a', 'b"'], ratio: 1 }]);
    expect(JSON.stringify(await run(1))).toBe(JSON.stringify(first));
    await expect(run(0)).rejects.toThrow('22012');
    expect(JSON.stringify(await run(1))).toBe(JSON.stringify(first));
    expect(await subject.prepared()).toBe(1);
  });
}

test('a name that another client has left in the session is no obstacle', async () => {
  await using subject = await openSubject('tcp');
  await subject.log.append([draft('a')]);
  const [known] = await subject.database.query<{ name: string }>('select name from pg_prepared_statements');
  await using other = await openSubject('tcp');
  await other.database.query(`prepare "${known?.name}" as select 1`);
  expect((await other.log.append([draft('a')]))[0]?.offset).toBe(1);
});

test('a table that changed under a prepared statement does not fail it', async () => {
  await using subject = await openSubject('tcp');
  for (let n = 0; n < 6; n++) await subject.log.append([draft('a')]);
  await subject.database.query('alter table realtime_channels alter column epoch type varchar(40)');
  expect((await subject.log.append([draft('a')]))[0]?.offset).toBe(7);
});
