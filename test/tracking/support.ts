import type { Database } from '../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../src/db/log/event-log.ts';
import { Publisher } from '../../src/db/publisher.ts';
import { members, schoolChannels } from '../../src/domains/school/channels.ts';
import { seedSchool } from '../../src/domains/school/seed.ts';
import { AppError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';
import type { Publication } from '../../src/protocol/wire/publication.ts';
import type { RealtimeManager } from '../../src/realtime/manager.ts';
import type { Principal } from '../../src/realtime/principal.ts';
import { channelOf } from '../../src/tracking/channels.ts';
import type { Tracking } from '../../src/tracking/tracking.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { createEngine, limits } from '../support/services/engine.ts';

/** The two schools of the seed. */
export const greenfield = 'school-uuid';
export const riverside = 'school-2';

export const person = (userId: string, role: string, tenants: readonly string[] = []): Principal => ({
  userId,
  role,
  tenants,
});
export const joseph = person('user1-uuid', 'parent');
export const mary = person('user2-uuid', 'parent');
export const esther = person('user-uuid', 'teacher');
export const ruth = person('principal-1', 'principal');

export interface Subject extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly manager: RealtimeManager;
  readonly log: PostgresEventLog;
  readonly clock: ManualClock;
  readonly tracking: Tracking;
  /** Statements that were sent since the last call, transactions' frames included. */
  statements(): number;
  /** The content of the log of a person's own channel. */
  told(userId: string): Promise<readonly Publication[]>;
  /** Runs as the connecting user, whom no policy binds. A time is its ISO text: some matchers take any two Dates as equal. */
  rows(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** Tracked events of the seeded schools over a database of the test's own, a real engine and a clock that stands. */
export async function startTracking({ methods = ['websocket', 'webhook'] } = {}): Promise<Subject> {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createTestDatabase({ domains: ['school'] }));
  const database = opened.use(await openTestDatabase(url, { poolSize: 8, queryTimeoutMs: 30_000 }));
  await seedSchool(database.db);
  const log = new PostgresEventLog(database);
  const { manager, clock } = createEngine({
    log,
    namespaces: schoolChannels(database),
    limits: { ...limits, publicationBytes: 131_072 },
  });
  opened.use(manager);
  const counted = countStatements(database);
  const owned = opened.move();
  return {
    url,
    database,
    manager,
    clock,
    log,
    tracking: {
      database: counted.database,
      publisher: new Publisher({ database: counted.database, log, manager }),
      channels: manager.channels,
      members,
      methods,
      clock,
      logger: createLogger('silent'),
    },
    statements: () => counted.take(),
    told: async (userId) => (await log.read(channelOf(userId), 0, 100_000)).publications,
    rows: async (text, values) =>
      (await database.query<Record<string, unknown>>(text, values)).map(withIsoTimes),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const withIsoTimes = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );

/** Records a live connection of these people that is subscribed to their events. */
export async function connectPeople({ rows }: Subject, ...userIds: readonly string[]): Promise<void> {
  await rows(
    `insert into websocket_connections (id, user_id, role, transport, device_id, process_id, connected_at, last_seen_at, receives_events)
     select gen_random_uuid(), person, 'parent', 'websocket', 'phone', 'p', now(), now(), true from unnest($1::text[]) person`,
    [userIds],
  );
}

/** Ends every connection. */
export async function disconnectAll({ rows }: Subject): Promise<void> {
  await rows('update websocket_connections set disconnected_at = now()');
}

/** The code of the AppError that a promise rejects with; `nothing` when it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'nothing',
    (thrown) => thrown,
  );
  return error instanceof AppError ? error.code : String(error);
}

/** The same database, with its statements counted, begin and commit of transactions among them. */
function countStatements(database: Database) {
  let count = 0;
  const transaction: Database['transaction'] = (work, options) =>
    database.transaction((tx, query) => {
      count += 2;
      const { session } = tx._;
      const prepareQuery = session.prepareQuery.bind(session);
      session.prepareQuery = (...parameters) => {
        count += 1;
        return prepareQuery(...parameters);
      };
      const counting: typeof query = (...parameters) => {
        count += 1;
        return query(...parameters);
      };
      return work(tx, counting);
    }, options);
  const query: Database['query'] = (...parameters) => {
    count += 1;
    return database.query(...parameters);
  };
  return {
    database: { ...database, query, transaction } as Database,
    take() {
      const taken = count;
      count = 0;
      return taken;
    },
  };
}
