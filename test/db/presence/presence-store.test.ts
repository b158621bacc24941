import { expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
import { PostgresPresenceStore } from '../../../src/db/presence/presence-store.ts';
import { presenceLeaseMs } from '../../../src/realtime/ports/presence-store.ts';
import { entry, presenceStoreContract } from '../../contracts/presence-store.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startNeonRelay } from '../../support/postgres/neon-relay.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { lockTable } from '../../support/postgres/table-lock.ts';

let processes = 0;
const connect = ({ query }: Pick<Database, 'query'>) =>
  new PostgresPresenceStore({ query, id: `process ${++processes}` });

async function openShared(driver: 'tcp' | 'neon' = 'tcp') {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  if (driver === 'neon') stack.use(startNeonRelay());
  const database = stack.use(await openTestDatabase(url, { driver, poolSize: 6 }));
  return {
    url,
    database,
    connect: () => connect(database),
    async lapse() {
      const over = presenceLeaseMs + 1;
      await database.query(
        `update realtime_processes set seen_at = seen_at - $1 * interval '1 millisecond'`,
        [over],
      );
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

presenceStoreContract('the Postgres store over TCP', () => openShared('tcp'));
presenceStoreContract('the Postgres store over the Neon driver', () => openShared('neon'));

const rounds = Array.from({ length: 200 }, (_, round) => round);
const deadlocks = `select deadlocks from pg_stat_database where datname = current_database()`;

test('of two that race to be first, and to be last, one is told, two hundred times', async () => {
  await using shared = await openShared();
  const [a, b] = [shared.connect(), shared.connect()];
  for (const round of rounds) {
    const user = [entry('lobby', `user ${round}`)];
    const entered = await Promise.all([a.enter(user), b.enter(user)]);
    expect(entered.flat().toSorted()).toEqual(['known', 'new']);
    const left = await Promise.all([a.leave(user), b.leave(user)]);
    expect(left.flat().length).toBe(1);
  }
  expect(await shared.database.query('select from realtime_presence')).toEqual([]);
});

test('who enters while another leaves is there, and each is told what is true', async () => {
  await using shared = await openShared();
  const [a, b] = [shared.connect(), shared.connect()];
  const user = [entry('lobby', 'ana')];
  await a.enter(user);
  const seen = new Set<string>();
  for (const round of rounds) {
    const [leaving, entering] = round % 2 ? [b, a] : [a, b];
    const [left, entered] = await Promise.all([leaving.leave(user), entering.enter(user)]);
    seen.add(`${left.length} ${entered}`);
  }
  expect([...seen].filter((each) => each !== '1 new' && each !== '0 known')).toEqual([]);
  expect((await a.members('lobby', 1)).count).toBe(1);
});

test('of two that tell of the same users at once, the later one knows of the earlier', async () => {
  await using shared = await openShared();
  const [a, b] = [shared.connect(), shared.connect()];
  for (const round of rounds) {
    const sockets = [{ ...entry('@sockets', `user ${round}`), count: 3 }];
    const answers = await Promise.all([a.tell(sockets), b.tell(sockets)]);
    expect([
      [0, 3],
      [3, 3],
    ]).toContainEqual(answers.flat().toSorted());
  }
});

test('batches in opposite orders, with beats and ends between, meet no deadlock and count rightly', async () => {
  await using shared = await openShared();
  const users = Array.from({ length: 40 }, (_, n) => entry(`channel ${n % 3}`, `user ${n}`));
  const work = async (index: number) => {
    const own = index % 2 ? users : users.toReversed();
    for (let round = 0; round < 12; round++) {
      await using store = shared.connect();
      await store.enter(own);
      const told = own.map((each, n) => ({ ...each, count: (round + n) % 3 }));
      await Promise.all([store.enter(own), store.tell(told), store.beat(), store.leave(own)]);
      if (round % 3) await store.tell(told.map((each) => ({ ...each, count: 0 })));
    }
  };
  const lapses = async () => {
    const reaper = shared.connect();
    for (let round = 0; round < 30; round++) {
      await shared.lapse();
      await reaper.beat();
    }
  };
  await Promise.all([...[0, 1, 2, 3, 4].map(work), lapses()]);
  expect(await shared.database.query(deadlocks)).toEqual([{ deadlocks: '0' }]);
  expect(await shared.database.query('select * from realtime_presence')).toEqual([]);
});

test('what a process that died held is told by one of several that reap at once', async () => {
  await using shared = await openShared();
  for (let round = 0; round < 20; round++) {
    const users = Array.from({ length: 50 }, (_, n) => entry('lobby', `user ${n}`));
    // Two, so that one reaper may get each, and neither ends the users alone.
    for (const dead of [shared.connect(), shared.connect()]) await dead.enter(users);
    await shared.lapse();
    const beats = await Promise.all([1, 2, 3, 4].map(() => shared.connect().beat()));
    expect(beats.flatMap(({ left }) => left).length).toBe(50);
  }
});

test('a process that enters while it is reaped is told that it lost, and nothing of it stays', async () => {
  await using shared = await openShared();
  const [a, b] = [shared.connect(), shared.connect()];
  for (let round = 0; round < 50; round++) {
    await a.enter([entry('lobby', 'ana')]);
    await shared.lapse();
    const [entered, reaped] = await Promise.all([a.enter([entry('lobby', 'ben')]), b.beat()]);
    expect(entered).toEqual(['new']);
    const { lost, left } = await a.beat();
    expect(lost).toBe(reaped.left.length > 0);
    expect(left.map(({ userId }) => userId)).toEqual(lost ? ['ben'] : []);
    if (!lost) await a.leave([entry('lobby', 'ana'), entry('lobby', 'ben')]);
    expect((await b.members('lobby', 9)).count).toBe(0);
  }
});

test('what is asked for while a beat is under way comes after it', async () => {
  await using shared = await openShared();
  const sent: string[] = [];
  const released = Promise.withResolvers<void>();
  const store = connect({
    async query(text, values, how) {
      if (text.includes('skip locked')) await released.promise;
      sent.push(/skip locked|on conflict|limit|last/.exec(text)?.[0] ?? text);
      return shared.database.query(text, values, how);
    },
  });
  const place = [entry('lobby', 'ana')];
  const all = [store.beat(), store.enter(place), store.leave(place)];
  // Time enough for those that do not wait.
  await store.members('lobby', 1);
  released.resolve();
  await Promise.all(all);
  expect(sent).toEqual(['limit', 'skip locked', 'on conflict', 'last']);
});

for (const tables of ['realtime_presence, realtime_processes', 'realtime_processes']) {
  test(`a process is told when somebody empties ${tables}`, async () => {
    await using shared = await openShared();
    const [a, idle] = [shared.connect(), shared.connect()];
    await a.enter([entry('lobby', 'ana')]);
    await shared.database.query(`truncate ${tables}`);
    expect((await a.beat()).lost).toBe(true);
    expect((await idle.beat()).lost).toBe(false);
    expect(await a.enter([entry('lobby', 'ana')])).toEqual(['new']);
    expect((await a.beat()).lost).toBe(false);
  });
}

test('callers share statements', async () => {
  await using shared = await openShared();
  const statements: string[] = [];
  const store = connect({
    query: (text, values, how) => {
      statements.push(text);
      return shared.database.query(text, values, how);
    },
  });
  const users = Array.from({ length: 600 }, (_, n) => entry('lobby', `user ${n}`));
  await Promise.all(users.map((each) => store.enter([each])));
  expect(statements.length).toBe(2);
  const left = await Promise.all(users.map((each) => store.leave([each])));
  expect(left.flat().length).toBe(600);
  expect(statements.length).toBe(4);
});

test('an entry that Postgres does not take fails its own caller only', async () => {
  await using shared = await openShared();
  const store = shared.connect();
  const names = ['ana', 'nul\0', 'ben'];
  const outcomes = await Promise.allSettled(names.map((userId) => store.enter([entry('lobby', userId)])));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await store.beat()).toEqual({ lost: false, left: [] });
});

test('a channel of ten thousand is entered, counted, listed and reaped in one statement each', async () => {
  await using shared = await openShared();
  const [a, b] = [shared.connect(), shared.connect()];
  const users = Array.from({ length: 10_000 }, (_, n) => entry('stadium', `user ${n}`));
  for (let from = 0; from < users.length; from += 500) await a.enter(users.slice(from, from + 500));
  const { count, members } = await b.members('stadium', 100);
  expect([count, members.length]).toEqual([10_000, 100]);
  await shared.lapse();
  expect((await b.beat()).left.length).toBe(10_000);
});

test('without the database every method says so, and the end is quiet', async () => {
  await using gone = await openTestDatabase('postgres://nobody@127.0.0.1:1/none');
  const store = connect(gone);
  const place = entry('lobby', 'ana');
  const attempts = [store.enter([place]), store.leave([place]), store.members('lobby', 1), store.beat()];
  for (const outcome of await Promise.allSettled(attempts)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'database_unavailable' } });
  }
  await store[Symbol.asyncDispose]();
});

test('after a statement whose answer never came, the next beat begins anew', async () => {
  await using shared = await openShared();
  await using hasty = await openTestDatabase(shared.url, { queryTimeoutMs: 1_500 });
  const [store, other] = [connect(hasty), shared.connect()];
  await store.enter([entry('lobby', 'ana')]);
  const lock = await lockTable(shared.database, 'realtime_presence');
  await expect(store.enter([entry('lobby', 'ana')])).rejects.toMatchObject({
    code: 'database_unavailable',
  });
  await lock.release();
  expect(await store.beat()).toEqual({ lost: true, left: [{ channel: 'lobby', userId: 'ana' }] });
  expect((await other.members('lobby', 1)).count).toBe(0);
});
