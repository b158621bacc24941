import { expect, test } from 'bun:test';
import type { Database } from '../../src/db/connection/open.ts';
import { PostgresEventLog } from '../../src/db/log/event-log.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { Publisher } from '../../src/db/publisher.ts';
import { createLogger } from '../../src/logger.ts';
import { sendDue } from '../../src/tracking/deliveries/send-due.ts';
import { createEvent } from '../../src/tracking/events/create-event.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { startPostgres, type TestServer } from '../support/postgres/postgres.ts';
import { createEngine, limits } from '../support/services/engine.ts';
import { greenfield } from './support.ts';

const log = createLogger('silent');
const domains = ['school'];

/** A server of its own: roles belong to all databases. `owner` is no superuser, may connect and owns the database. */
async function openServer(rights: string) {
  const server = await startPostgres();
  await using admin = await openTestDatabase(server.url);
  await admin.query(`create role owner login password 'test' ${rights}`);
  await admin.query('create database tracked owner owner');
  return { server, url: ownersUrl(server), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function ownersUrl(server: TestServer): string {
  const url = new URL(server.urlOf('tracked'));
  url.username = 'owner';
  return url.href;
}

test('an owner that is no superuser migrates, is bound by the policies, and serves', async () => {
  await using subject = await openServer('createrole');
  await migrate({ url: subject.url, domains, log });
  await migrate({ url: subject.url, domains, log });
  await using database = await openTestDatabase(subject.url);
  await fill(database);
  const eventLog = new PostgresEventLog(database);
  const { manager, clock } = createEngine({
    log: eventLog,
    limits: { ...limits, publicationBytes: 131_072 },
  });
  await using _manager = manager;
  const publisher = new Publisher({ database, log: eventLog, manager });
  const tracking = { database, publisher, members: 'school.members', clock, logger: log };
  const input = { eventType: 'payment_received', tenantId: greenfield, targetRoles: ['parent'] };
  expect(await createEvent(tracking, input)).toMatchObject({ recipients: 1 });
  await database.transaction((tx) => createEvent(tracking, input, { tx }));
  expect(await sendDue(tracking)).toBe(1);
  // Forced: who owns a table sees no more of it than its policies show.
  expect(await database.query('select from realtime_events')).toEqual([]);
  expect(
    await database.query(`select from realtime_publications where channel = 'realtime_events:p'`),
  ).toHaveLength(4);
  expect(await database.query('select from realtime_channels')).not.toEqual([]);
}, 60_000);

async function fill(database: Database): Promise<void> {
  await database.query(`insert into school.schools values ($1, 'Greenfield')`, [greenfield]);
  await database.query(
    `insert into school.users (id, name, role, school_id) values ('p', 'Parent', 'parent', $1)`,
    [greenfield],
  );
}

test('an owner that may not make roles is told what an administrator has to run, and goes on when that was done', async () => {
  await using subject = await openServer('nocreaterole');
  const failure = await migrate({ url: subject.url, domains, log }).then(
    () => 'migrated',
    (error) => String(error),
  );
  expect(failure).toContain('the role tambuli_app is missing and owner may not make it');
  const remedy = 'CREATE ROLE tambuli_app NOLOGIN NOBYPASSRLS; GRANT tambuli_app TO owner;';
  expect(failure).toContain(remedy);
  await using admin = await openTestDatabase(subject.server.url);
  const [create = '', grant = ''] = remedy.split(';');
  await admin.query(create);
  const half = await migrate({ url: subject.url, domains, log }).catch((error) => String(error));
  expect(half).toContain('owner may not become tambuli_app');
  await admin.query(grant);
  await migrate({ url: subject.url, domains, log });
}, 60_000);

test('a role that could bypass the policies is refused', async () => {
  await using subject = await openServer('createrole');
  await using admin = await openTestDatabase(subject.server.url);
  await admin.query('create role tambuli_app bypassrls');
  const failure = await migrate({ url: subject.url, domains, log }).catch((error) => String(error));
  expect(failure).toContain('can bypass row level security');
}, 60_000);

test('two databases of one server may be migrated at once', async () => {
  await using subject = await openServer('createrole');
  await using admin = await openTestDatabase(subject.server.url);
  for (const name of ['a', 'b', 'c']) await admin.query(`create database ${name}`);
  await Promise.all(
    ['a', 'b', 'c'].map((name) => migrate({ url: subject.server.urlOf(name), domains, log })),
  );
}, 60_000);

test('tables of tracking are there for those who build on them alone', async () => {
  await using subject = await openServer('nocreaterole');
  await migrate({ url: subject.url, domains: ['clinic'], log });
  await using database = await openTestDatabase(subject.url);
  expect(await database.query(`select from pg_tables where tablename = 'realtime_events'`)).toEqual([]);
}, 60_000);
