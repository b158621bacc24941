import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
import type { LeaseOwner } from '../../../src/db/leases/lease-statements.ts';
import { Leases } from '../../../src/db/leases/leases.ts';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { Publisher } from '../../../src/db/publisher.ts';
import { AppError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { fc } from '../../support/property.ts';
import { createEngine, someone } from '../../support/services/engine.ts';
import { until } from '../../support/until.ts';

let created: TestDatabase;
let database: Database;
const opened = new AsyncDisposableStack();
/** So many processes: a manager each, over one database. */
const places: { readonly leases: Leases; readonly engine: ReturnType<typeof createEngine> }[] = [];

beforeAll(async () => {
  created = opened.use(await createTestDatabase());
  database = opened.use(await openTestDatabase(created.url));
  for (let n = 0; n < 2; n++) {
    const log = new PostgresEventLog(database);
    const engine = createEngine({ log, createId: () => crypto.randomUUID() });
    const { manager } = engine;
    const publisher = new Publisher({ database, log, manager });
    const logger = createLogger('silent');
    const leases = opened.use(new Leases({ database, publisher, manager, clock: systemClock, logger }));
    places.push({ leases, engine });
  }
});
afterAll(() => opened.disposeAsync());

const place = (index: number) => {
  const found = places[index % places.length];
  if (!found) throw new Error('no place');
  return found;
};
const owner = (n: number): LeaseOwner => ({ userId: `user${n}`, sessionId: `session${n}` });
const newName = () => `open:${crypto.randomUUID()}`;
/** Lets the time of its holder pass. */
const expire = (name: string) =>
  database.query(
    `update realtime_leases set expires_at = clock_timestamp() - interval '1 ms' where name = $1 and user_id is not null`,
    [name],
  );

/** The publications of the lease's channel. */
async function published(name: string) {
  const rows = await database.query<{
    event_type: string;
    data: { token: number; holder: LeaseOwner | null };
  }>(
    `select event_type, data from realtime_publications where channel = $1 and type = 'lease' order by "offset"`,
    [name],
  );
  return rows.map(({ event_type, data }) => ({
    event: event_type,
    token: data.token,
    holder: data.holder?.userId ?? null,
  }));
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'none';
}

test('one holds it, a second one is told who and until when, and each change is published with its token', async () => {
  const name = newName();
  const { leases } = place(0);
  const { lease } = await leases.acquire(name, owner(1), { wait: false });
  expect(lease).toMatchObject({ name, token: 1, holder: owner(1) });
  const until = lease.holder?.expiresAt;
  const second = place(1).leases.acquire(name, owner(2), { wait: false });
  await expect(second).rejects.toMatchObject({
    code: 'conflict',
    message: `This is held by user1 until ${until}.`,
    details: { holder: { userId: 'user1', expiresAt: until } },
  });
  expect(await leases.release(name, owner(1))).toBe(true);
  expect((await place(1).leases.acquire(name, owner(2), { wait: false })).lease.token).toBe(2);
  expect(await published(name)).toEqual([
    { event: 'granted', token: 1, holder: 'user1' },
    { event: 'released', token: 1, holder: null },
    { event: 'granted', token: 2, holder: 'user2' },
  ]);
});

test('who asks again keeps what they have: the same token, or the same place in the queue', async () => {
  const name = newName();
  const { leases } = place(0);
  await leases.acquire(name, owner(1), { wait: true });
  expect((await leases.acquire(name, owner(1), { wait: true })).lease.token).toBe(1);
  for (const n of [2, 3, 2, 3]) {
    expect((await leases.acquire(name, owner(n), { wait: true })).position).toBe(n - 1);
  }
  expect(await published(name)).toHaveLength(1);
});

test('one person has a few places in a queue, however many sessions they name', async () => {
  const name = newName();
  const { leases } = place(0);
  await leases.acquire(name, owner(1), { wait: true });
  const ask = (n: number) =>
    leases.acquire(name, { userId: 'greedy', sessionId: `window-${n}` }, { wait: true });
  for (let n = 1; n <= 5; n += 1) expect((await ask(n)).position).toBe(n);
  await expect(ask(6)).rejects.toThrow('A person may have 5 places');
  expect((await ask(3)).position).toBe(3);
  expect((await leases.acquire(name, owner(2), { wait: true })).position).toBe(6);
  expect(await leases.release(name, { userId: 'greedy', sessionId: 'window-1' })).toBe(true);
  expect((await ask(6)).position).toBe(6);
});

test('the first in the queue gets it from a release and from the end of its time, whoever else asks', async () => {
  const name = newName();
  const { leases } = place(0);
  for (const n of [1, 2, 3]) await leases.acquire(name, owner(n), { wait: true });
  await leases.release(name, owner(1));
  expect((await leases.read(name)).holder).toMatchObject(owner(2));
  await expire(name);
  expect(await refusalOf(leases.acquire(name, owner(4), { wait: false }))).toBe('conflict');
  await leases.sweep();
  expect((await leases.read(name)).holder).toMatchObject(owner(3));
  expect((await published(name)).map(({ holder }) => holder)).toEqual(['user1', 'user2', 'user3']);
});

test('a place in the queue that nobody keeps is passed over', async () => {
  const name = newName();
  const { leases } = place(0);
  for (const n of [1, 2, 3]) await leases.acquire(name, owner(n), { wait: true });
  await database.query(
    `update realtime_lease_waiters set expires_at = clock_timestamp() where name = $1 and user_id = 'user2'`,
    [name],
  );
  await leases.release(name, owner(1));
  expect((await leases.read(name)).holder).toMatchObject(owner(3));
});

test('a lease is renewed under its token alone, also with the next session of its holder', async () => {
  const name = newName();
  const { leases } = place(0);
  await leases.acquire(name, owner(1), { wait: false });
  const next = { userId: 'user1', sessionId: 'after a cut' };
  expect((await leases.renew(name, 1, next)).lease.holder).toMatchObject(next);
  expect(await refusalOf(leases.renew(name, 1, owner(2)))).toBe('conflict');
  expect(await refusalOf(leases.renew(name, 2, next))).toBe('conflict');
  await expire(name);
  expect(await refusalOf(leases.renew(name, 1, next))).toBe('conflict');
});

test('the end of a session leaves the lease for a moment, frees its place, and touches nobody else', async () => {
  const { leases, engine } = place(0);
  const { session } = await engine.connect(someone);
  const [own, waited, other] = [newName(), newName(), newName()];
  const me = { userId: 'someone', sessionId: session.id };
  await leases.acquire(own, me, { wait: false });
  await leases.acquire(waited, owner(1), { wait: false });
  await leases.acquire(waited, me, { wait: true });
  await leases.acquire(other, owner(1), { wait: false });
  engine.manager.close(session);
  const remaining = async (name: string) => {
    const { holder } = await leases.read(name);
    return Date.parse(holder?.expiresAt ?? '') - Date.now();
  };
  await until(async () => (await remaining(own)) <= 10_000);
  expect(await remaining(own)).toBeGreaterThan(5_000);
  expect(await remaining(waited)).toBeGreaterThan(20_000);
  expect(await remaining(other)).toBeGreaterThan(20_000);
  await leases.release(waited, owner(1));
  expect((await leases.read(waited)).holder).toBeNull();
});

test('what fails leaves no trace: neither lease nor publication', async () => {
  const name = newName();
  const { leases } = place(0);
  await database.query(
    `alter table realtime_publications add constraint none check (type <> 'lease') not valid`,
  );
  await expect(leases.acquire(name, owner(1), { wait: false })).rejects.toThrow('none');
  await database.query('alter table realtime_publications drop constraint none');
  expect(await leases.read(name)).toEqual({ name, token: 0, holder: null });
});

type Act = {
  readonly kind: 'acquire' | 'wait' | 'renew' | 'release' | 'expire' | 'sweep';
  readonly who: number;
};
const acts = fc.array(
  fc.record<Act>({
    kind: fc.constantFrom('acquire', 'wait', 'renew', 'release', 'expire', 'sweep'),
    who: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 5, maxLength: 40 },
);

/** A model of a lease, in memory. */
class Model {
  token = 0;
  holder: number | undefined;
  over = false;
  queue: number[] = [];
  readonly changes: (number | null)[] = [];

  passOn(): void {
    this.holder = this.queue.shift();
    this.over = false;
    if (this.holder !== undefined) this.token += 1;
    this.changes.push(this.holder ?? null);
  }

  act({ kind, who }: Act): string {
    if (kind === 'expire') {
      if (this.holder !== undefined) this.over = true;
      return 'none';
    }
    if (kind === 'sweep') {
      if (this.over) this.passOn();
      return 'none';
    }
    // A refused request is rolled back, the passing on included.
    const kept = structuredClone({ ...this, changes: [...this.changes] });
    const wasOver = this.over;
    if (wasOver) this.passOn();
    // A token from before the lease was passed on renews nothing.
    const refused = (kind === 'renew' && wasOver) || this.#apply(kind, who);
    if (refused) {
      Object.assign(this, kept);
      return 'conflict';
    }
    if (wasOver) {
      // One publication of what came of it all.
      const now = this.holder ?? null;
      this.changes.splice(kept.changes.length, this.changes.length, now);
    }
    return 'none';
  }

  #apply(kind: Act['kind'], who: number): boolean {
    if (kind === 'release') {
      this.queue = this.queue.filter((each) => each !== who);
      if (this.holder === who) this.passOn();
      return false;
    }
    if (this.holder === who) return false;
    if (kind === 'renew') return true;
    if (this.holder === undefined) {
      this.holder = who;
      this.token += 1;
      this.changes.push(who);
      return false;
    }
    if (kind === 'acquire') return true;
    if (!this.queue.includes(who)) this.queue.push(who);
    return false;
  }
}

async function perform(name: string, { kind, who }: Act, token: number): Promise<string> {
  const { leases } = place(who);
  const attempts: Record<Act['kind'], () => Promise<unknown>> = {
    acquire: () => leases.acquire(name, owner(who), { wait: false }),
    wait: () => leases.acquire(name, owner(who), { wait: true }),
    renew: () => leases.renew(name, token, owner(who)),
    release: () => leases.release(name, owner(who)),
    expire: () => expire(name),
    sweep: () => leases.sweep(),
  };
  return refusalOf(attempts[kind]());
}

test('whatever several sessions do in turn, the lease is whose the model says, and published so', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (sequence) => {
      const name = newName();
      const model = new Model();
      for (const act of sequence) {
        const token = model.token;
        const answer = await perform(name, act, Math.max(1, token));
        expect({ act, answer }).toEqual({ act, answer: model.act(act) });
        const lease = await place(0).leases.read(name);
        const holder = model.over || model.holder === undefined ? null : `user${model.holder}`;
        expect({ token: lease.token, holder: lease.holder?.userId ?? null }).toEqual({
          token: model.token,
          holder,
        });
      }
      const names = model.changes.map((who) => (who === null ? null : `user${who}`));
      expect((await published(name)).map(({ holder }) => holder)).toEqual(names);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('whatever they do at once, no token is ever two owners’, and tokens only grow', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (sequence) => {
      const name = newName();
      const granted: { token: number; who: number }[] = [];
      const run = async ({ kind, who }: Act) => {
        const { leases } = place(who);
        if (kind === 'expire') return expire(name);
        if (kind === 'sweep') return leases.sweep();
        if (kind === 'release') return leases.release(name, owner(who));
        const { lease, position } =
          kind === 'renew'
            ? await leases.renew(name, who, owner(who))
            : await leases.acquire(name, owner(who), { wait: kind === 'wait' });
        if (position === undefined) granted.push({ token: lease.token, who });
      };
      const outcomes = await Promise.allSettled(sequence.map(run));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
      }
      const grants = (await published(name)).filter(({ event }) => event === 'granted');
      const tokens = grants.map(({ token }) => token);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      const holders = new Map(grants.map(({ token, holder }) => [token, holder]));
      for (const { token, who } of granted) expect(holders.get(token)).toBe(`user${who}`);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('two sweeps at once hand each expired lease on once', async () => {
  const names = Array.from({ length: 10 }, newName);
  for (const name of names) {
    for (const n of [1, 2]) await place(0).leases.acquire(name, owner(n), { wait: true });
    await expire(name);
  }
  await Promise.all(places.map(({ leases }) => leases.sweep()));
  for (const name of names) expect((await published(name)).map(({ token }) => token)).toEqual([1, 2]);
});
