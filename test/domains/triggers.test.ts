import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../src/db/connection/open.ts';
import { migratableDomains } from '../../src/db/migrate/migrate.ts';
import { installTriggers, stateOf } from '../../src/db/triggers/triggers.ts';
import { shippedDomains } from '../../src/domains.ts';
import { NamespaceRegistry } from '../../src/realtime/channels/namespace.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { startTestService } from '../support/services/service.ts';

let target: TestDatabase;
let database: Database;
const published = shippedDomains.flatMap(({ tables = [] }) => tables);

beforeAll(async () => {
  target = await createTestDatabase({ domains: migratableDomains() });
  database = await openTestDatabase(target.url);
  for (const domain of shippedDomains) await domain.seed?.(database.db);
  await database.query(`insert into school.channels (id, school_id, name, created_by)
    select 'room', id, 'Room', 'ruth' from school.schools limit 1`);
  await database.transaction((_, query) => installTriggers(query, published));
  await database.query('delete from realtime_outbox');
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

/** Tables that hold nothing a channel shows, and why. */
const silent: Readonly<Record<string, string>> = {
  'public.users': 'people are not published',
  'campus.organizations': 'a place has no channel that shows it',
  'campus.campuses': 'a place has no channel that shows it',
  'campus.buildings': 'a place has no channel that shows it',
  'campus.members': 'people are not published',
  'clinic.reviews': 'what a review decides is a change of its case',
  'clinic.reactions': 'a row does not say in which chat it is',
  'school.schools': 'a school has no channel that shows it',
  'school.users': 'people are not published',
  'school.director_access': 'people are not published',
  'school.channels': 'its changes are those of its members, which the routes tell each of them',
  'school.channel_reactions': 'a row does not say in which chat it is',
  'venues.users': 'people are not published',
};

test('every table of every domain publishes, or is listed with the reason why not', async () => {
  const rows = await database.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema = any($1) and table_name !~ '^(realtime_|websocket_)' order by 1`,
    [['public', ...migratableDomains()]],
  );
  const names = published.map(({ schema = 'public', table }) => `${schema}.${table}`);
  expect([...names, ...Object.keys(silent)].toSorted()).toEqual(rows.map(({ name }) => name));
  const states = await Promise.all(published.map((table) => stateOf(database.query, table)));
  expect(states).toEqual(published.map(() => 'installed'));
});

interface Dropped {
  readonly channel: string;
  readonly type: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

async function publishedBy(statement: string): Promise<readonly Dropped[]> {
  await database.query(statement);
  return database.query<Dropped>(
    'delete from realtime_outbox returning channel, type, event_type as event, data',
  );
}

const say = `insert into clinic.messages (id, case_id, author_id, author_role, body)
  values ('00000000-0000-4000-8000-000000000001', 'CASE-1', 'asha1', 'asha', 'Hello')`;

/** By table, a statement and the channels and types of what it publishes. */
const statements: readonly (readonly [statement: string, lines: readonly string[]])[] = [
  [
    `insert into clinic.cases (id, worker_id, patient_name, complaint, updated_by) values ('c9', 'asha1', 'p', 'c', 'asha1')`,
    ['clinic_cases newCase', 'clinic_my_cases:asha1 newCase'],
  ],
  [
    `update clinic.cases set status = 'FORWARDED' where id = 'c9'`,
    [
      'clinic_cases caseStatusUpdate',
      'clinic_my_cases:asha1 caseStatusUpdate',
      'clinic_case:c9 caseStatusUpdate',
    ],
  ],
  [
    `update clinic.cases set priority = 'urgent' where id = 'c9'`,
    ['clinic_cases caseUpdate', 'clinic_my_cases:asha1 caseUpdate', 'clinic_case:c9 caseUpdate'],
  ],
  [
    `insert into clinic.notifications (user_id, title, message, sent_by) values ('asha1', 't', 'm', 'x')`,
    ['clinic_notifications:asha1 notification'],
  ],
  ['update clinic.notifications set read_at = now()', ['clinic_notifications:asha1 notificationRead']],
  ['delete from clinic.notifications', ['clinic_notifications:asha1 notificationDeleted']],
  [`insert into realtime_mutes values ('asha1', 'clinic_notifications', '')`, []],
  [`insert into clinic.notifications (user_id, title, message, sent_by) values ('asha1', 't', 'm', 'x')`, []],
  [say, ['clinic_chat:CASE-1 chatMessage']],
  [
    `insert into clinic.receipts (case_id, user_id, message_id, seq) select case_id, 'dr', id, seq from clinic.messages`,
    ['clinic_chat:CASE-1 chatRead'],
  ],
  [
    `insert into school.channel_messages (channel_id, author_id, author_role, body) values ('room', 'a', 'teacher', 'Hi')`,
    ['school_channel:room chatMessage'],
  ],
  [
    `insert into school.channel_receipts (channel_id, user_id, message_id, seq)
      select channel_id, 'b', id, seq from school.channel_messages`,
    ['school_channel:room chatRead'],
  ],
  [
    `update campus.issues set title = 'Wet' where id = 'issue123'`,
    [
      'campus_org:org123 issue:updated',
      'campus:campus123 issue:updated',
      'campus_building:building123 issue:updated',
      'campus_heatmap:org123 heatmap:updated',
    ],
  ],
  [
    `delete from campus.issues where id = 'issue123'`,
    [
      'campus_org:org123 issue:deleted',
      'campus:campus123 issue:deleted',
      'campus_building:building123 issue:deleted',
      'campus_heatmap:org123 heatmap:updated',
    ],
  ],
  [
    `update venues.venues set description = 'x' where id = 'venue-123'`,
    ['venue_updates venue_update', 'venue:venue-123 venue_update'],
  ],
  [`delete from venues.vibe_checks`, ['vibe_checks:venue-123 vibe_check']],
  [`update venues.promotions set title = 'x'`, ['promotions:venue-123 promotion']],
  [
    `insert into venues.notifications (user_id, type, title, message, data) values ('user-123', 'g', 't', 'm', '{}')`,
    ['venue_notifications:user-123 notification'],
  ],
  ['update venues.notifications set read_at = now()', ['venue_notifications:user-123 notificationRead']],
  [`delete from venues.notifications`, ['venue_notifications:user-123 notificationDeleted']],
  [`insert into realtime_mutes values ('user-123', 'venue_notifications', 'g')`, []],
  [
    `insert into venues.notifications (user_id, type, title, message, data) values ('user-123', 'g', 't', 'm', '{}')`,
    [],
  ],
];

test('a statement of any program publishes to the channels of the routes, with their types', async () => {
  const registry = new NamespaceRegistry(shippedDomains.flatMap((domain) => domain.channels(database)));
  for (const [statement, lines] of statements) {
    const dropped = await publishedBy(statement);
    expect(dropped.map(({ channel, type }) => `${channel} ${type}`)).toEqual([...lines]);
    for (const { channel } of dropped) {
      const [name = '', ...segments] = channel.split(':');
      expect({ channel, segments: registry.segments.get(name) }).toEqual({
        channel,
        segments: segments.length,
      });
    }
  }
});

test('the data has the shape that the routes publish', async () => {
  const [issue, , , heat] = await publishedBy(
    `update campus.issues set title = 'Dark' where id = 'issue124'`,
  );
  expect(issue?.data).toEqual({
    issueId: 'issue124',
    issue: expect.objectContaining({
      id: 'issue124',
      campusId: 'campus123',
      location: { lat: 14.6565, lng: 121.0692 },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    }),
  });
  expect(heat?.data).toEqual({
    issueId: 'issue124',
    changeType: 'updated',
    region: { campusId: 'campus123', buildingId: 'building124' },
  });
  const [status] = await publishedBy(`update clinic.cases set status = 'FORWARDED' where id = 'CASE-1'`);
  expect(Object.keys(status?.data ?? {}).toSorted()).toEqual(['caseId', 'status', 'timestamp', 'updatedBy']);
});

test('what a route changes it publishes itself, once', async () => {
  await using own = await createTestDatabase({ domains: ['venues'] });
  await using service = await startTestService({ env: { DOMAINS: 'venues' }, database: own });
  const tables = shippedDomains.find(({ name }) => name === 'venues')?.tables ?? [];
  await service.database.transaction((_, query) => installTriggers(query, tables));
  await service.database.query(`insert into venues.users (id, name) values ('owner-1', 'Ines')`);
  expect(await service.post('/api/venues', { id: 'v', name: 'The Door' })).toMatchObject({ status: 200 });
  await service.database.query(`update venues.venues set name = 'The Gate'`);
  const [last] = await service.database.query<{ rows: number }>(
    `select ((select count(*) from realtime_outbox) + (select count(*) from realtime_publications))::integer as rows`,
  );
  // Each to two channels.
  expect(last).toEqual({ rows: 4 });
});
