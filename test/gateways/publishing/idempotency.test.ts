import { expect, test } from 'bun:test';
import { settle } from '../../support/services/session.ts';
import { asService, asUser, join, logged, publish, startCluster, startPublishing } from './support.ts';

const note = { channel: 'open:1', type: 'note', data: 1 };

interface Receipt {
  readonly id: string;
  readonly position: string;
  readonly repeated?: true;
}

test('twenty repeats at once, over two processes, publish once and answer the same receipt', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres' });
  const { first, second } = cluster;
  await using reader = await join(first, 'user1', 'open:1');
  await using other = await join(second, 'user2', 'open:1');
  const headers = { ...asService, 'idempotency-key': 'order-7' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => publish(n % 2 ? first : second, note, headers)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  const receipts = answers.map(({ body }) => body as Receipt);
  expect(new Set(receipts.map(({ id, position }) => `${id} ${position}`)).size).toBe(1);
  expect(receipts.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(await logged(first, 'open:1')).toHaveLength(1);
  for (const each of [reader, other]) {
    expect(await each.next('note')).toMatchObject({ offset: 1, id: receipts[0]?.id });
    await settle(each);
    expect(each.all('note')).toHaveLength(1);
  }
});

test('the same key publishes on another channel, for another user, and beside a service', async () => {
  await using service = await startPublishing();
  const key = { 'idempotency-key': 'same' };
  const as = [asService, await asUser('user1'), await asUser('user2'), await asUser('user1')];
  const answers = [];
  for (const headers of as) answers.push(await publish(service, note, { ...headers, ...key }));
  expect(answers.map(({ body }) => body)).toMatchObject([
    { offset: 1 },
    { offset: 2 },
    { offset: 3 },
    { offset: 2, repeated: true },
  ]);
  const elsewhere = await publish(service, { ...note, channel: 'open:2' }, { ...asService, ...key });
  expect(elsewhere.body).toMatchObject({ offset: 1 });
});

test.each(['', 'with space', 'ñ', 'x'.repeat(201)])('the key %p is refused', async (key) => {
  await using service = await startPublishing();
  const answer = await publish(service, note, { ...asService, 'idempotency-key': key });
  expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
});
