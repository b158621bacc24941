import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readAnalytics } from '../../../../src/domains/school/analytics/analytics-service.ts';
import { members } from '../../../../src/domains/school/channels.ts';
import { seedSchool } from '../../../../src/domains/school/seed.ts';
import { systemClock as clock } from '../../../../src/lib/clock.ts';
import { servicePrincipal } from '../../../../src/realtime/principal.ts';
import { openTestDatabase } from '../../../support/postgres/database.ts';
import { type ExplainingDatabase, openExplaining } from '../../../support/postgres/explaining.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';
import { greenfield, ruth } from '../../../tracking/support.ts';

/** Ninety days of a school of two thousand people, in which each of them gets and reads more than one event a day. */
const days = 90;
const deliveries = 200_000;
const connections = 20_000;
/** The moment of the `n`th of so many rows. */
const at = (of: number) => `timestamptz '2026-01-01T00:00:00Z' + n * interval '${days} days' / ${of}`;
const sent = at(deliveries);
const history = [
  // Triggers and foreign keys have nothing to do here, and take most of the time.
  `set session_replication_role = replica`,
  `insert into realtime_events (type, tenant_id, title, message, priority, scheduled_at, delivery_mode, status, created_at)
     select 'payment_received', '${greenfield}', 't', 'm', 'normal', ${sent}, 'person', 'sent', ${sent}
     from generate_series(1, ${deliveries}, 100) n`,
  `insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method, created_at, sent_at, read_at, acknowledged_at)
     select e.id, 'person-' || n % 2000, '${greenfield}', 'acknowledged', 2, 'websocket', ${sent}, ${sent}, ${sent} + interval '1 hour', ${sent} + interval '1 hour'
     from (select id, 100 * (row_number() over (order by created_at) - 1) as first from realtime_events) e
     cross join generate_series(e.first + 1, e.first + 100) n order by n`,
  `insert into websocket_connections (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at, disconnected_at)
     select n::text, 'person-' || n % 2000, 'parent', '${greenfield}', 'websocket', 'd', 'p', ${at(connections)}, now(), ${at(connections)} + interval '1 hour'
     from generate_series(1, ${connections}) n`,
  `set session_replication_role = origin`,
];

let database: ExplainingDatabase;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  const { url } = opened.use(await createTestDatabase({ domains: ['school'] }));
  await using filling = await openTestDatabase(url, { poolSize: 1, queryTimeoutMs: 120_000 });
  await seedSchool(filling.db);
  for (const statement of history) await filling.query(statement);
  await filling.query('vacuum analyze');
  database = opened.use(await openExplaining(url));
}, 180_000);
afterAll(() => opened.disposeAsync());

test('three statements read a week of a large school, and little more than the rows of the week', async () => {
  const deps = { tracking: { database, members, clock }, timeZone: 'UTC' };
  const week = { from: '2026-02-02T00:00:00Z', to: '2026-02-09T00:00:00Z', schoolId: null };
  for (const principal of [ruth, servicePrincipal]) {
    const { funnel, days: active, weeks, sessions } = await readAnalytics(deps, { principal, ...week });
    expect(funnel.recipients).toBeGreaterThan(15_000);
    expect(sessions.sessions).toBeGreaterThan(1_500);
    expect(active).toHaveLength(7);
    expect(weeks).toEqual([{ week: '2026-02-02', people: 2_000 }]);
    const scans = database
      .readings()
      .filter(({ table }) => table === 'realtime_event_deliveries' || table === 'websocket_connections');
    const rows = scans.map((reading) => reading.rows);
    // Deliveries: those of the funnel, of readers, of acknowledgements. Connections: those of sessions, and of people.
    const statements = new Set(scans.map(({ statement }) => statement));
    expect(statements.size).toBe(3);
    // A range of the index holds some thousand rows beside those of the week.
    expect(Math.max(...rows)).toBeLessThan(2.5 * funnel.recipients);
  }
}, 60_000);
