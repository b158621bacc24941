import { expect, test } from 'bun:test';
import { createClient } from '../../../clients/web/src/index.ts';
import { createConnectionStatus, createLiveList } from '../../../clients/web/src/parts/index.ts';
import { createTestServer } from '../../../clients/web/src/testing/index.ts';
import { until } from '../../support/until.ts';

interface Row {
  readonly id: string;
  readonly rank: number;
}

function opened(isSorted: boolean) {
  const server = createTestServer();
  const client = createClient('http://server.test', server.options);
  const list = createLiveList<Row>(client, {
    channel: 'rows',
    getPage: async () => ({
      data: [
        { id: 'a', rank: 2 },
        { id: 'b', rank: 1 },
      ],
      position: server.position('rows'),
    }),
    keyOf: ({ id }) => id,
    change: ({ type, data }) => {
      if (type === 'noise') return undefined;
      return type === 'gone' ? { remove: (data as Row).id } : { put: data as Row };
    },
    ...(isSorted && { compare: (one: Row, other: Row) => one.rank - other.rank }),
  });
  client.connect();
  const undo = list.subscribe(() => undefined);
  return {
    server,
    client,
    list,
    ids: () => list.get().items?.map(({ id }) => id),
    [Symbol.dispose]() {
      undo();
      client.close();
    },
  };
}

test('a row that is new comes first, a changed one stays, and a removed one goes', async () => {
  using it = opened(false);
  await until(() => it.ids()?.length === 2);
  it.server.publish('rows', { type: 'row', data: { id: 'c', rank: 0 } });
  it.server.publish('rows', { type: 'row', data: { id: 'b', rank: 9 } });
  it.server.publish('rows', { type: 'noise', data: {} });
  it.server.publish('rows', { type: 'gone', data: { id: 'a' } });
  await until(() => it.ids()?.every((id) => id !== 'a') === true);
  expect(it.list.get().items).toEqual([
    { id: 'c', rank: 0 },
    { id: 'b', rank: 9 },
  ]);
  expect([...it.list.get().changed.keys()]).toEqual(['c', 'b']);
});

test('with an order every row is in its place, and a value that has not changed is the same', async () => {
  using it = opened(true);
  await until(() => it.ids()?.length === 2);
  expect(it.ids()).toEqual(['b', 'a']);
  expect(it.list.get()).toBe(it.list.get());
  it.server.publish('rows', { type: 'row', data: { id: 'c', rank: 1.5 } });
  await until(() => it.ids()?.length === 3);
  expect(it.ids()).toEqual(['b', 'c', 'a']);
});

test('the status of a connection is one word, and tells a change once', async () => {
  const server = createTestServer();
  const client = createClient('http://server.test', server.options);
  const status = createConnectionStatus(client);
  const kinds: string[] = [];
  const undo = status.subscribe(() => kinds.push(status.get().kind));
  expect(status.get().kind).toBe('off');
  client.connect();
  await until(() => status.get().kind === 'live');
  server.stop();
  await until(() => status.get().kind === 'waiting');
  expect(status.get().retryAt).toBeGreaterThan(0);
  undo();
  client.close();
  expect(kinds.slice(0, 2)).toEqual(['connecting', 'live']);
});
