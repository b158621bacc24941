import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
import { registerNamespaces } from '../../../src/db/outbox/namespaces.ts';
import { startTestRelay } from '../../support/network/relay.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { startTestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openTestDatabase(target.url);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

beforeEach(() =>
  database.query(
    'truncate realtime_outbox, realtime_dead_letters, realtime_namespaces, realtime_channels, realtime_publications',
  ),
);

const publish = (...channels: string[]) =>
  database.query(`select realtime_publish(channel, 'note', null, '1') from unnest($1::text[]) channel`, [
    channels,
  ]);
const deadLetters = () =>
  database.query('select channel, reason from realtime_dead_letters order by channel');
const reason = 'no domain of this deployment has such a channel';

test('a publication to a channel that no reader can ever have becomes a dead letter and a line in the log', async () => {
  await using service = await startTestService();
  await service.database.query(
    `select realtime_publish(channel, 'note', null, '1') from unnest($1::text[]) channel`,
    [['custmer_orders:7', 'hearings:7', 'case', 'notifications', 'case:1:2', 'case:1']],
  );
  for (const channel of ['custmer_orders:7', 'hearings:7', 'case', 'notifications', 'case:1:2']) {
    expect(await service.nextLog(`"channel":"${channel}"`)).toContain(reason);
  }
  const published = () => service.database.query('select channel from realtime_publications');
  await until(async () => (await published()).length > 0);
  expect(await published()).toEqual([{ channel: 'case:1' }]);
});

test('a process without the namespace publishes for the one that has it', async () => {
  await registerNamespaces(database.query, new Map([['orders', 1]]));
  await publish('orders:1', 'hearings');
  await using relay = await startTestRelay(target.url, { namespaces: new Map([['hearings', 0]]) });
  expect((await relay.heard(2)).map(({ channel }) => channel)).toEqual(['orders:1', 'hearings']);
  expect(await deadLetters()).toEqual([]);
});

test('what was put aside comes back, in its order, with the process that has the namespace', async () => {
  await using former = await startTestRelay(target.url, { namespaces: new Map([['hearings', 0]]) });
  await publish('orders:1', 'odrers:1', 'orders:1');
  await until(async () => (await deadLetters()).length === 3);
  await using next = await startTestRelay(target.url, { namespaces: new Map([['orders', 1]]) });
  await until(() => former.announced.length + next.announced.length === 2);
  const moved = [...former.announced, ...next.announced].toSorted((a, b) => a.offset - b.offset);
  expect(moved.map(({ channel, offset }) => `${channel} ${offset}`)).toEqual(['orders:1 1', 'orders:1 2']);
  expect(await deadLetters()).toEqual([{ channel: 'odrers:1', reason }]);
});

test('where no process has named its namespaces, every channel is published to', async () => {
  await publish('anything:1');
  await using relay = await startTestRelay(target.url);
  await relay.heard(1);
});

test('the dead letters of triggers get one line, from one of the processes', async () => {
  await database.query(`insert into realtime_dead_letters (id, channel, type, data, reason, is_reported)
    values (-1, 'c', 't', '{}', 'odd', false)`);
  await using one = await startTestRelay(target.url);
  await using other = await startTestRelay(target.url);
  const lines = () => [...one.lines, ...other.lines].filter(({ deadLetter }) => deadLetter === -1);
  await until(() => lines().length > 0);
  await publish('c');
  await until(() => one.announced.length + other.announced.length === 1);
  expect(lines()).toMatchObject([{ channel: 'c', reason: 'odd' }]);
});
