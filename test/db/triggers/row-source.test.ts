import { describe, expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import type { RowSource, SourcedDraft } from '../../../src/db/triggers/row-source.ts';
import type { Draft } from '../../../src/realtime/ports/event-log.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

const byId: RowSource = { table: 'things', column: 'id', type: 'integer', hidden: ['inner_note'] };
const byCode: RowSource = { table: 'things', column: 'code', type: 'text', hidden: [] };

const sourced = (from: RowSource, rowKey: string, content: Partial<Draft> = {}): SourcedDraft => ({
  ...draft('things', content),
  from,
  rowKey,
});

async function openSubject(driver: 'tcp' | 'neon' = 'tcp') {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const database = stack.use(await openTestDatabase(url, { driver }));
  await database.query(
    'create table things (id integer primary key, code text, big_count bigint, inner_note text, content text)',
  );
  await database.query(
    `insert into things values (1, 'one', 12345678901234567, 'no', 'a'), (2, 'two', 0, 'no', 'b')`,
  );
  const statements: string[] = [];
  const query: typeof database.query = (text, values) => {
    statements.push(text);
    return database.query(text, values);
  };
  const log = new PostgresEventLog({ query }, { maxDataBytes: 1_000 });
  return { database, log, statements, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

for (const driver of ['tcp', 'neon'] as const) {
  describe(`over ${driver}, a publication of a row`, () => {
    test('is the row, read and appended in one round trip that callers share', async () => {
      await using subject = await openSubject(driver);
      const { log, statements } = subject;
      const answers = await Promise.all([
        log.appendFrom([sourced(byId, '1')]),
        log.append([draft('other', { data: '[1]' })]),
        log.appendFrom([sourced(byCode, 'two', { data: '{"record":{"x":[]}}' }), sourced(byId, '2')]),
      ]);
      expect(statements.length).toBe(1);
      expect(answers.flat()).toMatchObject([
        {
          channel: 'things',
          offset: 1,
          data: '{"id":1,"code":"one","bigCount":12345678901234567,"content":"a"}',
        },
        { channel: 'other', offset: 1, data: '[1]' },
        {
          offset: 2,
          data: '{"id":2,"code":"two","bigCount":0,"innerNote":"no","content":"b","record":{"x":[]}}',
        },
        { offset: 3, data: '{"id":2,"code":"two","bigCount":0,"content":"b"}' },
      ]);
      const { publications } = await log.read('things', 0, 10);
      expect(publications).toEqual(
        answers.flat().filter((a) => typeof a === 'object' && a.channel === 'things') as never,
      );
    });
  });
}

test('a row that is not there appends nothing, and the others of the batch are appended', async () => {
  await using subject = await openSubject();
  const { log } = subject;
  const answers = await Promise.all([
    log.appendFrom([sourced(byId, '9')]),
    log.appendFrom([sourced(byId, '1')]),
    log.appendFrom([sourced(byCode, 'none', { channel: 'fresh' })]),
  ]);
  expect(answers).toMatchObject([['missing'], [{ offset: 1 }], ['missing']]);
  expect((await log.heads(['things', 'fresh'])).size).toBe(1);
  expect((await log.head('things')).offset).toBe(1);
});

test('of a row that is too large, alone or with what is added, the key is published', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await database.query(`update things set content = repeat('x', 900) where id = 1`);
  const added = (size: number) => JSON.stringify({ note: 'y'.repeat(size) });
  const dataOf = async (draft: SourcedDraft) => {
    const [appended] = await log.appendFrom([draft, sourced(byId, '2')]);
    return typeof appended === 'object' ? JSON.parse(appended.data) : appended;
  };
  expect(await dataOf(sourced(byId, '1', { data: added(10) }))).toMatchObject({ id: 1, code: 'one' });
  const reduced = { id: 1, truncated: true, note: 'y'.repeat(100) };
  expect(await dataOf(sourced(byId, '1', { data: added(100) }))).toEqual(reduced);
  await database.query(`update things set content = repeat('x', 1000)`);
  expect(await dataOf(sourced(byId, '1'))).toEqual({ id: 1, truncated: true });
  expect(await dataOf(sourced(byCode, 'one'))).toEqual({ code: 'one', truncated: true });
});

test('what is hidden of a row does not count', async () => {
  await using subject = await openSubject();
  await subject.database.query(`update things set inner_note = repeat('x', 2000)`);
  expect(await subject.log.appendFrom([sourced(byId, '1')])).toMatchObject([{ offset: 1 }]);
});

test('a key that the column cannot hold fails its own caller only', async () => {
  await using subject = await openSubject();
  const { log } = subject;
  const outcomes = await Promise.allSettled([
    log.appendFrom([sourced(byId, 'user123')]),
    log.appendFrom([sourced(byId, '1')]),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'rejected', reason: { sqlState: '22P02' } },
    { status: 'fulfilled' },
  ]);
});

test('an idempotency key holds for a row too', async () => {
  await using subject = await openSubject();
  const { log, database } = subject;
  const once = () => log.appendFrom([sourced(byId, '1', { idempotencyKey: 'k' })]);
  const [first] = await once();
  await database.query(`update things set content = 'later' where id = 1`);
  const [again] = await once();
  expect(first).toMatchObject({ offset: 1 });
  expect(again).toMatchObject({ offset: 1, repeated: true });
  expect((await log.head('things')).offset).toBe(1);
});

test('of two publications of a row the later one never shows an older state', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.append([draft('things')]);
  let appending: Promise<unknown> = Promise.resolve();
  await database.transaction(async (_, query) => {
    // A transaction that appends now has begun before the change, and waits for the channel until after it.
    await query(`select from realtime_channels where name = 'things' for update`);
    appending = log.appendFrom([sourced(byId, '1'), sourced(byId, '2')]);
    await waitingForLock(database);
    await query(`update things set content = 'new' where id = 1`);
    await query('delete from things where id = 2');
  });
  await appending;
  const { publications } = await log.read('things', 1, 10);
  expect(publications.map(({ data }) => JSON.parse(data).content)).toEqual(['new', 'b']);
});

async function waitingForLock({ query }: { query: Awaited<ReturnType<typeof openTestDatabase>>['query'] }) {
  for (;;) {
    const waiting = await query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
  }
}
