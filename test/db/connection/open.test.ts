import { describe, expect, test } from 'bun:test';
import { eq, sql } from 'drizzle-orm';
import { chooseDriver } from '../../../src/db/connection/driver.ts';
import { QueryError, sqlState } from '../../../src/db/connection/errors.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { appendInTransaction } from '../../../src/db/log/transaction.ts';
import { realtimeChannels, realtimePublications } from '../../../src/db/schema.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url));
  return { database, url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (reason) => reason,
  );

test('the host chooses the driver, unless one is asked for', () => {
  const choose = (host: string) => chooseDriver(`postgres://u:p@${host}/db?sslmode=require`, 'auto');
  expect(choose('ep-cool-1.us-east-2.aws.neon.tech')).toBe('neon');
  expect(choose('ep-cool-1-pooler.eu.aws.neon.build:5432')).toBe('neon');
  expect(choose('neon.tech.example.com')).toBe('tcp');
  expect(choose('localhost:5432')).toBe('tcp');
  expect(chooseDriver('postgres://x.neon.tech/db', 'tcp')).toBe('tcp');
  expect(chooseDriver('postgres://localhost/db', 'neon')).toBe('neon');
});

describe('an error', () => {
  test('of a statement tells its SQLSTATE and none of its values, whatever way it was sent', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    const ways = [
      database.query('select $1::integer', ['secret-value']),
      database.db.execute(sql`select ${'secret-value'}::integer`),
      database.transaction((tx) => tx.execute(sql`select ${'secret-value'}::integer`)),
    ];
    for (const reason of await Promise.all(ways.map(reasonOf))) {
      expect(reason).toBeInstanceOf(QueryError);
      expect(sqlState(reason)).toBe('22P02');
      expect(Bun.inspect(reason)).not.toContain('secret-value');
    }
  });

  test('of a constraint names it', async () => {
    await using subject = await openSubject();
    const row = { name: 'secret-value', epoch: 'e' };
    await subject.database.db.insert(realtimeChannels).values(row);
    const reason = await reasonOf(subject.database.db.insert(realtimeChannels).values(row));
    expect(reason).toMatchObject({ sqlState: '23505', constraint: 'realtime_channels_pkey' });
    expect(Bun.inspect(reason)).not.toContain('secret-value');
  });

  test('of a schema keeps the names in it', async () => {
    await using subject = await openSubject();
    const reason = await reasonOf(subject.database.query('select * from missing'));
    expect(String(reason)).toContain('relation "missing" does not exist');
  });

  test('of a statement costs no connection', async () => {
    await using subject = await openSubject();
    const pid = async () => (await subject.database.query('select pg_backend_pid() as pid'))[0]?.['pid'];
    const before = await pid();
    await reasonOf(subject.database.query('select 1/0'));
    expect(await pid()).toBe(before);
  });
});

describe('a transaction', () => {
  test('is rolled back when its work throws, and its error is the one of the work', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    const failed = database.transaction(async (tx) => {
      await tx.insert(realtimeChannels).values({ name: 'a', epoch: 'e' });
      throw new Error('changed my mind');
    });
    expect(await reasonOf(failed)).toMatchObject({ message: 'changed my mind' });
    expect(await database.db.select().from(realtimeChannels)).toEqual([]);
  });

  test('that deadlocks with another one runs again, and both succeed', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    await database.query(`insert into realtime_channels (name, epoch) values ('a', 'e'), ('b', 'e')`);
    let runs = 0;
    let held = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const bump = (first: string, second: string) =>
      database.transaction(async (tx) => {
        runs++;
        const increment = { lastOffset: sql`${realtimeChannels.lastOffset} + 1` };
        await tx.update(realtimeChannels).set(increment).where(eq(realtimeChannels.name, first));
        held++;
        if (held >= 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await tx.update(realtimeChannels).set(increment).where(eq(realtimeChannels.name, second));
      });
    await Promise.all([bump('a', 'b'), bump('b', 'a')]);
    // On a loaded machine the one that runs again may take its row before the other one wakes up, and meet it once more.
    expect(runs).toBeGreaterThanOrEqual(3);
    const rows = await database.db.select({ offset: realtimeChannels.lastOffset }).from(realtimeChannels);
    expect(rows).toEqual([{ offset: 2 }, { offset: 2 }]);
  });
});

describe('publishing in a transaction', () => {
  test('commits rows and publications together, and answers both', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    const log = new PostgresEventLog(database);
    const { result, publications } = await appendInTransaction(database, async (tx, publish) => {
      await tx.insert(realtimeChannels).values({ name: 'row', epoch: 'e' });
      publish(draft('b'));
      publish(draft('a'));
      publish(draft('b'));
      return 'done';
    });
    expect(result).toBe('done');
    expect(publications.map(({ channel, offset }) => `${channel}${offset}`)).toEqual(['b1', 'a1', 'b2']);
    expect((await log.read('b', 0, 10)).publications).toEqual(
      publications.filter(({ channel }) => channel === 'b'),
    );
    expect((await log.head('row')).epoch).toBe('e');
  });

  test('leaves nothing when it is rolled back (R5)', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    const failures = [
      appendInTransaction(database, async (_, publish) => {
        publish(draft('a'));
        throw new Error('no');
      }),
      appendInTransaction(database, async (tx, publish) => {
        await tx.insert(realtimeChannels).values({ name: 'row', epoch: 'e' });
        publish(draft('a', { data: 'not json' }));
      }),
    ];
    // All at once: one that fails before it is waited for would end the test.
    for (const reason of await Promise.all(failures.map(reasonOf))) expect(reason).toBeInstanceOf(Error);
    expect(await database.db.select().from(realtimeChannels)).toEqual([]);
    expect(await database.db.select().from(realtimePublications)).toEqual([]);
  });

  test('is undone when all it published was published before, and answers as the first time did', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    const publish = (row: string, keys: readonly (string | undefined)[]) =>
      appendInTransaction(database, async (tx, add) => {
        await tx.insert(realtimeChannels).values({ name: row, epoch: 'e' });
        for (const key of keys) add(draft('a', key === undefined ? {} : { idempotencyKey: key }));
        return row;
      });
    const first = await publish('one', ['k', 'l']);
    const [again] = (await publish('two', ['k'])).publications;
    expect(again).toEqual({ ...first.publications[0], data: '{}', repeated: true } as typeof again);
    // Something new among it is worth its commit.
    const mixed = await publish('three', ['l', undefined]);
    expect(mixed.publications).toMatchObject([{ offset: 2, repeated: true }, { offset: 3 }]);
    await publish('four', []);
    const names = (await database.db.select().from(realtimeChannels)).map(({ name }) => name);
    expect(names.toSorted()).toEqual(['a', 'four', 'one', 'three']);
  });

  test('leaves no gap between the offsets of others when it is rolled back', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    const log = new PostgresEventLog(database);
    const work = Array.from({ length: 30 }, (_, n) => {
      if (n % 3 === 0) return log.append([draft('a'), draft('b')]);
      return appendInTransaction(database, async (_, publish) => {
        publish(draft('b', { data: n % 3 === 1 ? '{}' : '{' }));
        publish(draft('a'));
      });
    });
    await Promise.allSettled(work);
    for (const channel of ['a', 'b']) {
      const { head, publications } = await log.read(channel, 0, 100);
      expect(head.offset).toBe(20);
      expect(publications.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    }
  });

  test('that ran again after a conflict publishes once', async () => {
    await using subject = await openSubject();
    const { database } = subject;
    let runs = 0;
    const { publications } = await appendInTransaction(database, async (tx, publish) => {
      publish(draft('a'));
      if (++runs === 1) await tx.execute(sql`do $$ begin raise exception using errcode = '40001'; end $$`);
    });
    expect([runs, publications.length]).toEqual([2, 1]);
  });
});
