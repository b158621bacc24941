import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Database } from '../../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { createLogger } from '../../../src/logger.ts';
import { startTestRelay } from '../../support/network/relay.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, startPostgres } from '../../support/postgres/postgres.ts';
import { until } from '../../support/until.ts';

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url));
  const publish = (n: number) =>
    database.query(`select realtime_publish('a', 'note', null, to_jsonb($1::integer))`, [n]);
  return { url, database, publish, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A relay in a process of its own that stands still at a step. */
async function startRelayAt(url: string, step: string) {
  const script = join(import.meta.dir, '../../support/postgres/relay-process.ts');
  const child = Bun.spawn([process.execPath, script, url, step], { stdin: 'ignore', stdout: 'pipe' });
  const reader = child.stdout.getReader();
  return {
    async reached() {
      const { value } = await reader.read();
      expect(new TextDecoder().decode(value)).toStartWith(`${step}\n`);
    },
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

/** Everything up to `count` is in the log exactly once, in order, and nothing waits. */
async function expectAll(database: Database, count: number): Promise<void> {
  await until(async () => (await database.query('select from realtime_outbox limit 1')).length === 0);
  const { head, publications } = await new PostgresEventLog(database).read('a', 0, 1_000);
  expect(publications.map(({ data }) => Number(data))).toEqual(
    Array.from({ length: count }, (_, n) => n + 1),
  );
  expect(head.offset).toBe(count);
}

const movers = `select pid from pg_stat_activity where datname = current_database() and query like '%realtime_outbox%'
  and wait_event_type = 'Lock' and pid <> pg_backend_pid()`;

/** Every append to the channel waits while `work` runs. */
async function whileLocked(database: Database, work: () => Promise<void>): Promise<void> {
  await new PostgresEventLog(database).head('a');
  await database.transaction(async (_, query) => {
    await query(`select from realtime_channels where name = 'a' for update`);
    await work();
  });
}

describe('a relay that is killed with -9', () => {
  for (const step of ['before', 'moved', 'announced']) {
    test(`at the step "${step}" loses and repeats nothing`, async () => {
      await using subject = await openSubject();
      for (let n = 1; n <= 5; n++) await subject.publish(n);
      await using child = await startRelayAt(subject.url, step);
      await child.reached();
      await subject.publish(6);
      await child.kill();
      await using _relay = await startTestRelay(subject.url);
      await subject.publish(7);
      await expectAll(subject.database, 7);
    });
  }

  test('in the middle of its statement loses and repeats nothing', async () => {
    await using subject = await openSubject();
    const { database, url } = subject;
    for (let n = 1; n <= 5; n++) await subject.publish(n);
    await whileLocked(database, async () => {
      await using child = await startRelayAt(url, 'during');
      await child.reached();
      await until(async () => (await database.query(movers)).length === 1);
      await child.kill();
    });
    await using _relay = await startTestRelay(url, { intervalMs: 50 });
    await subject.publish(6);
    await expectAll(database, 6);
  });
});

test('a relay whose statement the server ends moves the rows with the next one', async () => {
  await using subject = await openSubject();
  const { database, url } = subject;
  for (let n = 1; n <= 5; n++) await subject.publish(n);
  let relay: Awaited<ReturnType<typeof startTestRelay>> | undefined;
  await whileLocked(database, async () => {
    relay = await startTestRelay(url, { intervalMs: 50 });
    await until(async () => (await database.query(movers)).length === 1);
    await database.query(`select pg_terminate_backend(pid) from (${movers}) mover`);
  });
  await using running = relay;
  const announced = (await running?.heard(5)) ?? [];
  expect(announced.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5]);
  await expectAll(database, 5);
});

test('a relay that lost its connections listens again and finds what was dropped meanwhile', async () => {
  await using subject = await openSubject();
  const { database, url } = subject;
  await using relay = await startTestRelay(url);
  await subject.publish(1);
  await relay.heard(1);
  await database.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await subject.publish(2);
  await relay.heard(2);
  await subject.publish(3);
  await relay.heard(3);
  await expectAll(database, 3);
});

test('a relay outlives a restart of the server, and says once that it was away', async () => {
  await using server = await startPostgres();
  await migrate({ url: server.url, driver: 'tcp', domains: [], log: createLogger('silent') });
  await using relay = await startTestRelay(server.url, { intervalMs: 50 });
  const publish = async (n: number) => {
    await using database = await openTestDatabase(server.url);
    await database.query(`select realtime_publish('a', 'note', null, to_jsonb($1::integer))`, [n]);
  };
  await publish(1);
  await relay.heard(1);
  await server.stop();
  const away = () =>
    relay.lines.filter(({ msg }) => String(msg).startsWith('relay could not read the outbox'));
  await until(() => away().length > 0);
  await server.start();
  await publish(2);
  expect((await relay.heard(2)).map(({ data }) => data)).toEqual(['1', '2']);
  await until(() => relay.lines.some(({ msg }) => msg === 'the outbox is read again'));
  expect(away().length).toBe(1);
});

test('two relays move and announce everything once between them, and either goes on alone', async () => {
  await using subject = await openSubject();
  const { database, url } = subject;
  await using stays = await startTestRelay(url, { intervalMs: 50 });
  const goes = await startTestRelay(url, { intervalMs: 50 });
  for (let n = 1; n <= 200; n++) await subject.publish(n);
  await expectAll(database, 200);
  await until(() => stays.announced.length + goes.announced.length === 200);
  const offsets = [...stays.announced, ...goes.announced].map(({ offset }) => offset);
  expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  await goes[Symbol.asyncDispose]();
  for (let n = 201; n <= 250; n++) await subject.publish(n);
  await expectAll(database, 250);
});
