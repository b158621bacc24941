import { describe, expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { publishLater } from '../../../src/db/log/transaction.ts';
import { startTestRelay } from '../../support/network/relay.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { until } from '../../support/until.ts';

async function openSubject(driver: 'tcp' | 'neon' = 'tcp') {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const database = stack.use(await openTestDatabase(url, { driver }));
  const publish = (channel: string, data: unknown = {}) =>
    database.query(`select realtime_publish($1, 'note', 'created', $2)`, [channel, JSON.stringify(data)]);
  const count = async (table: string) =>
    (await database.query<{ count: number }>(`select count(*)::integer from ${table}`))[0]?.count;
  const log = new PostgresEventLog(database);
  return { url, database, log, publish, count, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

for (const driver of ['tcp', 'neon'] as const) {
  describe(`over ${driver}`, () => {
    test('what SQL publishes is in the log, announced once, and gone from the outbox', async () => {
      await using subject = await openSubject(driver);
      await using relay = await startTestRelay(subject.url, { driver });
      await subject.publish('a', { n: 1 });
      await subject.publish('a', { n: 2 });
      const announced = await relay.heard(2);
      expect((await subject.log.read('a', 0, 10)).publications).toEqual([...announced]);
      expect(announced).toMatchObject([
        { channel: 'a', offset: 1, type: 'note', eventType: 'created', data: '{"n": 1}' },
        { channel: 'a', offset: 2, data: '{"n": 2}' },
      ]);
      expect(await subject.count('realtime_outbox')).toBe(0);
      expect(relay.lags.filter((lag) => !(lag >= 0 && lag < 60_000))).toEqual([]);
    });
  });
}

test('what was dropped while no relay ran is published when one starts', async () => {
  await using subject = await openSubject();
  for (let n = 0; n < 1_200; n++) await subject.publish('a', n);
  await using relay = await startTestRelay(subject.url);
  const announced = await relay.heard(1_200);
  expect(announced.map(({ data }) => Number(data))).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
});

test('a transaction publishes when it commits, in its order, and nothing when it is rolled back (R5)', async () => {
  await using subject = await openSubject();
  await using relay = await startTestRelay(subject.url);
  const { database, count } = subject;
  const failed = database.transaction(async (tx) => {
    await publishLater(tx, { channel: 'a', type: 'note', data: 'never' });
    throw new Error('changed my mind');
  });
  expect(await failed.catch(({ message }) => message)).toBe('changed my mind');
  await database.transaction(async (tx) => {
    await publishLater(tx, { channel: 'a', type: 'note', data: 1 });
    // Another one that begins and commits in the middle is there first.
    await subject.publish('a', 2);
    await relay.heard(1);
    expect(await count('realtime_outbox')).toBe(0);
    await publishLater(tx, { channel: 'b', type: 'note', eventType: 'x', data: { b: 1, a: 2, nul: '\0' } });
    await publishLater(tx, { channel: 'a', type: 'note', data: 3 });
  });
  const announced = await relay.heard(4);
  expect(announced.map(({ channel, offset, data }) => `${channel}${offset} ${data}`)).toEqual([
    'a1 2',
    'a2 1',
    String.raw`b1 {"b":1,"a":2,"nul":"\u0000"}`,
    'a3 3',
  ]);
});

test('publishing waits for no publisher of the channel, and none waits for it', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.append([{ id: '1', channel: 'a', type: 'note', data: '1' }]);
  await database.transaction(async (tx, query) => {
    await query(`select from realtime_channels where name = 'a' for update`);
    await subject.publish('a', 2);
    await publishLater(tx, { channel: 'a', type: 'note', data: 3 });
  });
  await database.transaction(async (tx) => {
    await publishLater(tx, { channel: 'a', type: 'note', data: 4 });
    expect(await log.append([{ id: '2', channel: 'a', type: 'note', data: '5' }])).toMatchObject([
      { offset: 2 },
    ]);
  });
});

describe('realtime_publish refuses, with words for whoever wrote the SQL,', () => {
  const largest = 131_072 - 2;
  const cases: readonly [string, unknown[], string][] = [
    [
      'a name that is no channel',
      ['Hearings', 'note', null, '{}'],
      'a channel is a namespace such as hearings',
    ],
    ['no name', [null, 'note', null, '{}'], 'a channel is a namespace'],
    ['a name that is too long', [`a:${'x'.repeat(199)}`, 'note', null, '{}'], 'at most 200 characters'],
    ['no type', ['a', null, null, '{}'], 'a type has 1 to 100 characters'],
    ['an endless event type', ['a', 'note', 'x'.repeat(101), '{}'], 'an event type has at most 100'],
    [
      'data that is too large',
      ['a', 'note', null, `"${'x'.repeat(largest + 1)}"`],
      'data has at most 131072 bytes',
    ],
  ];
  for (const [name, values, message] of cases) {
    test(name, async () => {
      await using target = await createTestDatabase();
      const { default: pg } = await import('pg');
      const client = new pg.Client({ connectionString: target.url });
      await client.connect();
      const call = client.query('select realtime_publish($1, $2, $3, $4)', values);
      const error = await call.then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ code: '22023' });
      expect(String(error)).toContain(`realtime_publish: `);
      expect(String(error)).toContain(message);
      const { rows } = await client.query('select from realtime_outbox');
      expect(rows).toEqual([]);
      await client.end();
    });
  }

  test('and takes what is just within the limits', async () => {
    await using subject = await openSubject();
    await using relay = await startTestRelay(subject.url);
    const name = `a:${'x'.repeat(198)}`;
    await subject.publish(name, 'x'.repeat(largest));
    await subject.database.query(`select realtime_publish('b', 'note', null, null)`);
    expect(await relay.heard(2)).toMatchObject([
      { channel: name, offset: 1 },
      { channel: 'b', data: 'null' },
    ]);
    expect(relay.announced[1]).not.toHaveProperty('eventType');
  });
});

describe('a row that nobody can publish', () => {
  const drop = (channel: string, type = 'note') =>
    `insert into realtime_outbox (channel, type, data) values ('${channel}', '${type}', '{}')`;

  test('is put aside with a line in the log, and the others go on', async () => {
    await using subject = await openSubject();
    const { database, count } = subject;
    await database.query(`${drop('a')}; ${drop('No channel')}; ${drop('a')}`);
    await using relay = await startTestRelay(subject.url);
    expect((await relay.heard(2)).map(({ offset }) => offset)).toEqual([1, 2]);
    expect(await count('realtime_outbox')).toBe(0);
    const [letter] = await database.query('select channel, reason from realtime_dead_letters');
    expect(letter).toMatchObject({ channel: 'No channel', reason: expect.stringContaining('a channel is') });
    await until(() => relay.lines.some(({ deadLetter }) => deadLetter === 2));
  });

  test('for a reason that only the log knows is found and put aside too', async () => {
    await using subject = await openSubject();
    const { database, count } = subject;
    await database.query(`alter table realtime_publications add check (type <> 'odd')`);
    await database.query(Array.from({ length: 9 }, (_, n) => drop('a', n === 4 ? 'odd' : 'note')).join(';'));
    await using relay = await startTestRelay(subject.url);
    expect((await relay.heard(8)).map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await count('realtime_outbox')).toBe(0);
    expect(await database.query('select id, type from realtime_dead_letters')).toEqual([
      { id: '5', type: 'odd' },
    ]);
  });
});

test('a relay ends at once, also while it waits', async () => {
  await using subject = await openSubject();
  await subject.publish('a');
  const relay = await startTestRelay(subject.url, { intervalMs: 600_000 });
  await relay.heard(1);
  await relay[Symbol.asyncDispose]();
});
