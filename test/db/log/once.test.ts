import { expect, test } from 'bun:test';
import { once } from '../../../src/db/log/once.ts';
import { appendInTransaction } from '../../../src/db/log/transaction.ts';
import type { RequestKey } from '../../../src/realtime/publishing/idempotency.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

const request: RequestKey = { scope: 'POST /things user ana', key: 'k', hash: 'h' };

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url));
  await database.query('create table things (id serial primary key)');
  const add = (fails = false, key: RequestKey = request) =>
    appendInTransaction(
      database,
      async (tx, publish) => {
        const { rows } = await tx.execute<{ id: number }>('insert into things default values returning id');
        publish(draft('things', { data: JSON.stringify(rows[0]) }));
        if (fails) throw new Error('The work fails.');
        return rows[0];
      },
      key,
    );
  const count = async () => (await database.query('select from things')).length;
  return { database, add, count, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a request that comes again does nothing and gets result and positions of the first time', async () => {
  await using subject = await openSubject();
  const first = await subject.add();
  const again = await subject.add();
  expect(again).toMatchObject({ result: first.result as object, repeated: true });
  const [{ epoch, offset, id } = { epoch: '', offset: 0, id: '' }] = first.publications;
  expect(again.publications).toMatchObject([{ epoch, offset, id, repeated: true }]);
  expect(await subject.count()).toBe(1);
});

test('the same key of another request is refused, of another scope it is another request', async () => {
  await using subject = await openSubject();
  await subject.add();
  await expect(subject.add(false, { ...request, hash: 'other' })).rejects.toMatchObject({
    code: 'idempotency_conflict',
  });
  expect(await subject.add(false, { ...request, scope: 'POST /things user ben' })).toMatchObject({
    repeated: false,
  });
  expect(await subject.count()).toBe(2);
});

test('work that fails leaves neither a row nor the key', async () => {
  await using subject = await openSubject();
  await expect(subject.add(true)).rejects.toThrow('The work fails.');
  expect(await subject.add()).toMatchObject({ repeated: false });
  expect(await subject.count()).toBe(1);
});

test('a process that dies before its commit leaves the key to the request that waits for it', async () => {
  await using subject = await openSubject();
  const { database, add, count } = subject;
  const claimed = Promise.withResolvers<number>();
  const dying = database.transaction((tx, query) =>
    once(query, request, async () => {
      await tx.execute('insert into things default values');
      const { rows } = await tx.execute<{ pid: number }>('select pg_backend_pid() as pid');
      claimed.resolve(rows[0]?.pid ?? 0);
      await tx.execute('select pg_sleep(30)');
    }),
  );
  const died = dying.then(
    () => 'committed',
    () => 'died',
  );
  const pid = await claimed.promise;
  const waiting = add();
  await database.query('select pg_terminate_backend($1)', [pid]);
  expect(await died).toBe('died');
  expect(await waiting).toMatchObject({ repeated: false });
  expect(await count()).toBe(1);
});

test('a key is known for a day', async () => {
  await using subject = await openSubject();
  await subject.add();
  await subject.database.query(
    `update realtime_idempotency_keys set created_at = now() - interval '24 hours 1 second'`,
  );
  expect(await subject.add(false, { ...request, hash: 'other' })).toMatchObject({ repeated: false });
  expect(await subject.add(false, { ...request, hash: 'other' })).toMatchObject({ repeated: true });
  expect(await subject.count()).toBe(2);
});
