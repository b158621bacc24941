import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { ClusterWatch } from '../../src/db/identity/cluster-watch.ts';
import { Leases } from '../../src/db/leases/leases.ts';
import { PostgresEventLog } from '../../src/db/log/event-log.ts';
import { PostgresPresenceStore } from '../../src/db/presence/presence-store.ts';
import { Publisher } from '../../src/db/publisher.ts';
import { recurringOfEngine } from '../../src/db/recurring.ts';
import { members } from '../../src/domains/school/channels.ts';
import { publishDue } from '../../src/domains/venues/services/promotion-schedule-service.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { recurringOfTracking } from '../../src/tracking/recurring.ts';
import type { Tracking } from '../../src/tracking/tracking.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { type ExplainingDatabase, openExplaining, type Reading } from '../support/postgres/explaining.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { createEngine } from '../support/services/engine.ts';

/**
 * Rows of each table that are not due, and what a statement may read at most where nothing or little is. A million of
 * each takes minutes: `GROWTH_ROWS=1000000`.
 */
const many = Number(Bun.env['GROWTH_ROWS'] ?? 100_000);
const most = 1_500;

/** Nothing of it is due: it is young, in the future, alive or settled. */
const notDue = [
  `insert into realtime_channels (name, epoch, last_offset)
     select 'team:' || n, 'e', 1 from generate_series(1, ${many}) n`,
  `insert into realtime_channel_openings (name, opened_at)
     select 'team:' || n, now() from generate_series(1, ${many}) n`,
  `insert into realtime_publications (channel, "offset", id, type, data, created_at)
     select 'team:' || n, 1, n::text, 't', '{}', now() from generate_series(1, ${many}) n`,
  `insert into realtime_idempotency_keys (channel, key, epoch, "offset", id, created_at)
     select 'team:' || n, 'k', 'e', 1, n::text, now() from generate_series(1, ${many}) n`,
  `insert into realtime_dead_letters (id, channel, type, data, reason)
     select n, 'x', 't', '{}', 'r' from generate_series(1, ${many}) n`,
  `insert into realtime_presence (channel, user_id, role, counts)
     select 'team:1', n::text, 'r', '{"other": 1}' from generate_series(1, ${many}) n`,
  `insert into realtime_processes (id, seen_at) select id, now() + interval '1 hour' from unnest('{other,p}'::text[]) id`,
  `insert into realtime_leases (name, token, user_id, session_id, expires_at)
     select n::text, 1, 'u', 's' || n, now() + interval '1 hour' from generate_series(1, ${many}) n`,
  `insert into realtime_events (type, title, message, priority, scheduled_at, expires_at, delivery_mode, status)
     select (select name from realtime_event_types limit 1), 't', 'm', 'normal', now(), now() + interval '1 day',
       case when n % 2 = 0 then 'person' else 'channel' end, 'sent' from generate_series(1, ${many}) n`,
  `insert into realtime_event_deliveries (event_id, user_id, status, priority_rank, next_attempt_at, expires_at)
     select id, 'u', 'sent', 2, now() + interval '1 hour', expires_at from realtime_events`,
  `insert into realtime_delivery_attempts (event_id, user_id, method, attempt, started_at, outcome)
     select id, 'u', 'webhook', 1, now(), 'taken' from realtime_events`,
  `insert into realtime_reading_hours (user_id, method, hour_of_week, sent, read, learned_on)
     select n::text, 'webhook', 1, 1, 1, now() from generate_series(1, ${many}) n`,
  `insert into realtime_reading_groups (tenant_id, method, role, hour_of_week, sent, read, late_hours, learned_on)
     select n::text, 'webhook', 'parent', 1, 1, 1, 0, now() from generate_series(1, ${many}) n`,
  `insert into websocket_connections (id, user_id, role, transport, device_id, process_id, connected_at, last_seen_at)
     select n::text, 'u' || n, 'parent', 'websocket', 'd', 'other', now(), now() from generate_series(1, ${many}) n`,
  `insert into realtime_user_activity (user_id, kind, page, occurred_at)
     select 'u', 'click', '/', now() from generate_series(1, ${many}) n`,
  `insert into realtime_removed_counts (fact, measure, at, detail, value)
     select 'activity', 'views', now(), n::text, 1 from generate_series(1, ${many}) n`,
  `insert into realtime_system_metrics (minute, process_id, name, value)
     select now() - n * interval '1 second', 'p', 'events', 1 from generate_series(1, ${many}) n`,
  `insert into realtime_positions (channel, user_id, device_id, epoch, "offset", transport, seen_at)
     select 'team:1', n::text, '', 'e', 1, 'websocket', now() from generate_series(1, ${many}) n`,
  `insert into realtime_process_runs (id, version, host, pid)
     select n::text, '1', 'h', 1 from generate_series(1, ${many}) n`,
  `insert into realtime_files (id, channel, owner_id, name, mime_type, size, upload_until, attached_to, publication_offset, due_at)
     select gen_random_uuid(), 'team:' || n, 'u', 'n', 'text/plain', 1, now(), 'publication:' || n, 1,
       now() + interval '1 hour' from generate_series(1, ${many}) n`,
  `insert into realtime_lease_waiters (name, user_id, session_id, expires_at)
     select n::text, 'u', 's' || n, now() + interval '1 hour' from generate_series(1, ${many}) n`,
  `insert into realtime_contacts (user_id, phone, time_zone, updated_at)
     select n::text, '+' || n, 'UTC', now() from generate_series(1, ${many}) n`,
  `insert into realtime_devices (token, user_id, platform, seen_at)
     select n::text, n::text, 'android', now() from generate_series(1, ${many}) n`,
  `insert into realtime_push_subscriptions (endpoint, user_id, p256dh, auth)
     select n::text, n::text, 'p', 'a' from generate_series(1, ${many}) n`,
  `insert into realtime_preferences (user_id, event_type, method, choice)
     select n::text, '*', 'webhook', 'off' from generate_series(1, ${many}) n`,
  `insert into realtime_unread_counts (user_id, count, version)
     select n::text, 1, 1 from generate_series(1, ${many}) n`,
  `insert into realtime_sms_jobs (attempt_id, event_id, user_id, tenant_id, phone, body, priority_rank, expires_at, due_at)
     select id, event_id, user_id, 'school', '1', 'b', 1, now() + interval '1 hour', now() + interval '1 hour'
     from realtime_delivery_attempts`,
  `insert into realtime_sms_stops (phone) select '+9' || n from generate_series(1, ${many}) n`,
  `insert into realtime_sms_counts (day, user_id, count)
     select now(), n::text, 1 from generate_series(1, ${many}) n`,
];

/** These are of domains that work through tables of their own. */
const notDueOfDomains = [
  `insert into school.schools (id, name) values ('school', 'n')`,
  `insert into school.users (id, name, role, school_id)
     select n::text, 'n', 'parent', 'school' from generate_series(1, ${many}) n`,
  `insert into venues.users (id, name) select n::text, 'n' from generate_series(1, ${many}) n`,
  `insert into venues.venues (id, name, updated_by) values ('v', 'v', 'x')`,
  `insert into venues.promotions (venue_id, title, starts_at, ends_at, updated_by, next_change_at)
     select 'v', 't', now(), now() + interval '1 day', 'x', now() + interval '1 day' from generate_series(1, ${many})`,
];

/** They have one row, or one for each process, kind of event, namespace or school, or rows that are gone once they are read. */
const fewByNature = [
  'realtime_cluster',
  'realtime_event_types',
  'realtime_namespaces',
  'realtime_outbox',
  'realtime_predictions',
  'realtime_processes',
  'school.director_access',
  'school.schools',
];

/** A little that is due for everything that works through a table. */
const due = [
  `update realtime_publications set created_at = now() - interval '1 year' where channel in ('team:1', 'team:2')`,
  `update realtime_idempotency_keys set created_at = now() - interval '1 year' where channel in ('team:1', 'team:2')`,
  `update realtime_channel_openings set opened_at = now() - interval '1 year' where name in ('team:8', 'team:9')`,
  `update realtime_positions set seen_at = now() - interval '1 year' where user_id in ('1', '2')`,
  `update realtime_process_runs set seen_at = now() - interval '1 year' where id in ('1', '2')`,
  `update realtime_leases set expires_at = now() - interval '1 hour' where name in ('1', '2')`,
  `update realtime_files set due_at = now() where channel in ('team:1', 'team:4', 'team:5')`,
  `insert into realtime_outbox (channel, type, data) values ('team:3', 't', '{}')`,
  `update realtime_event_deliveries set next_attempt_at = now() - interval '1 minute' where ctid = any(array(
     select ctid from realtime_event_deliveries limit 5))`,
  `update realtime_event_deliveries set method = 'webhook', next_attempt_at = now() - interval '1 minute' where ctid = any(array(
     select ctid from realtime_event_deliveries offset 10 limit 5))`,
  `update realtime_delivery_attempts set started_at = now() - interval '2 days' where ctid = any(array(
     select ctid from realtime_delivery_attempts limit 5))`,
  `update venues.promotions set next_change_at = now() where ctid = any(array(select ctid from venues.promotions limit 5))`,
];

const opened = new AsyncDisposableStack();
let database: ExplainingDatabase;

beforeAll(async () => {
  const { url } = opened.use(await createTestDatabase({ domains: ['school', 'venues'] }));
  await using filling = await openTestDatabase(url, { queryTimeoutMs: 600_000 });
  for (const statement of [...notDue, ...notDueOfDomains]) await filling.query(statement);
  await filling.query('analyze');
  for (const statement of due) await filling.query(statement);
  database = opened.use(await openExplaining(url));
}, 900_000);

afterAll(() => opened.disposeAsync());

const manager = { onSessionEnd: () => ({ [Symbol.dispose]: () => undefined }) };

const ofEngine = recurringOfEngine.map(({ name, run }) => {
  return [`engine: ${name}`, () => runOfEngine(run)] as const;
});
const ofTracking = recurringOfTracking.map(({ name, run }) => {
  return [`tracking: ${name}`, () => run(trackingOf(database))] as const;
});
const jobs = [
  ...ofEngine,
  ...ofTracking,
  ['venues: beginnings and ends of promotions', () => publishDue(publisherOf(database))],
] as const;

async function runOfEngine(run: (typeof recurringOfEngine)[number]['run']): Promise<void> {
  const { query } = database;
  await using leases = new Leases({
    database,
    publisher: publisherOf(database),
    manager,
    clock,
    logger: createLogger('silent'),
  });
  const log = new PostgresEventLog(database);
  const presence = new PostgresPresenceStore({ query, id: 'me' });
  const cluster = new ClusterWatch(createLogger('silent'));
  const channels = ['team:3', 'team:4', 'team:5'];
  await run({ query, log, presence, leases, cluster, namespace: 'team', channels });
}

function trackingOf(counted: ExplainingDatabase): Tracking {
  const logger = createLogger('silent');
  return { database: counted, publisher: publisherOf(counted), members, clock, logger };
}

function publisherOf(counted: ExplainingDatabase): Publisher {
  const { manager } = createEngine({ createId: () => crypto.randomUUID() });
  return new Publisher({ database: counted, log: new PostgresEventLog(counted), manager });
}

/** The readings of each job, which runs once: afterwards nothing is due to it. */
const found = new Map<string, readonly Reading[]>();

async function readingsOf([name, run]: (typeof jobs)[number]): Promise<readonly Reading[]> {
  const known = found.get(name);
  if (known) return known;
  database.readings();
  await run();
  const readings = database.readings();
  found.set(name, readings);
  return readings;
}

describe('what is done again and again reads what is due:', () => {
  test.each(jobs.map((job) => [job[0], job] as const))('%s', async (_, job) => {
    const readings = await readingsOf(job);
    expect(readings.length).toBeGreaterThan(0);
    expect(readings.filter(({ rows }) => rows > most)).toEqual([]);
  });
});

test('each table that is read again and again has many rows here', async () => {
  const read = new Set<string>();
  for (const job of jobs) for (const { table } of await readingsOf(job)) read.add(table);
  const tables = await database.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relname = any($1)
       and relnamespace <> 'pg_catalog'::regnamespace`,
    [[...read]],
  );
  const few: string[] = [];
  for (const { name } of tables) {
    const [counted] = await database.query<{ rows: number }>(
      `select count(*)::integer as rows from (select from ${name} limit ${many / 4}) part`,
    );
    if (counted?.rows !== many / 4) few.push(name);
  }
  expect(tables.length).toBeGreaterThan(15);
  expect(few.sort()).toEqual([...fewByNature].sort());
});
