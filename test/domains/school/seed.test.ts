import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import type { Database } from '../../../src/db/connection/open.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { ownChannels } from '../../../src/domains/school/channels.ts';
import { schoolEventTypes } from '../../../src/domains/school/event-types.ts';
import { seedSchool } from '../../../src/domains/school/seed.ts';
import { createLogger } from '../../../src/logger.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { realtimeEventTypes } from '../../../src/tracking/schema/events.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createEmptyDatabase } from '../../support/postgres/postgres.ts';
import { greenfield, person, riverside, startTracking } from '../../tracking/support.ts';

test('the seed has every role in two schools and may run again', async () => {
  await using subject = await startTracking();
  await seedSchool(subject.database.db);
  const roles = await subject.rows(
    'select role, count(distinct tenant_id)::int as schools from school.members group by role order by role',
  );
  expect(roles).toEqual(
    ['finance_manager', 'parent', 'principal', 'school_director', 'student', 'super_admin', 'teacher'].map(
      (role) => ({
        role,
        schools: 2,
      }),
    ),
  );
});

test('a director is of the schools they have access to, whoever left is of none', async () => {
  await using subject = await startTracking();
  const schoolsOf = async (userId: string) =>
    (
      await subject.rows('select tenant_id from school.members where user_id = $1 and addressed order by 1', [
        userId,
      ])
    ).map((row) => row['tenant_id']);
  expect(await schoolsOf('director-1')).toEqual([riverside, greenfield]);
  expect(await schoolsOf('director-2')).toEqual([riverside]);
  expect(await schoolsOf('admin-1')).toEqual([null]);
  await subject.rows(`delete from school.director_access where user_id = 'director-1' and school_id = $1`, [
    greenfield,
  ]);
  expect(await schoolsOf('director-1')).toEqual([riverside]);
  await subject.rows(`update school.users set is_active = false where id = 'user1-uuid'`);
  expect(await schoolsOf('user1-uuid')).toEqual([]);
  const roleless = `insert into school.users (id, name, role, school_id) values ('x', 'X', 'janitor', $1)`;
  expect(await subject.rows(roleless, [greenfield]).catch(({ constraint }) => constraint)).toBe(
    'users_role_check',
  );
});

test('the migrations write the event types of the product and leave those of an operator alone', async () => {
  await using database = await createEmptyDatabase();
  const log = createLogger('silent');
  await migrate({ url: database.url, domains: ['school'], log });
  await using connection = await openTestDatabase(database.url);
  const rows = await connection.db.select().from(realtimeEventTypes).orderBy(realtimeEventTypes.name);
  const expected = [...schoolEventTypes].sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(rows).toMatchObject(expected);
  expect(rows).toHaveLength(expected.length);
  const { createdAt: _, ...plain } = rows.find(({ name }) => name === 'custom_notification') ?? {};
  expect(plain).toEqual({
    ...schoolEventTypes.find(({ name }) => name === 'custom_notification'),
    priority: 'normal',
    acknowledgement: 'none',
    retryIntervalMs: 30_000,
    maxAttempts: 3,
    lifetimeMs: null,
    isActive: true,
  });
  await connection.query(`update realtime_event_types set max_attempts = 9 where name = 'payment_received'`);
  await connection.query(`delete from realtime_event_types where name = 'user_login'`);
  await connection.query(
    `insert into realtime_event_types (name, title_template, message_template) values ('user_login', 'Hi', 'Own')`,
  );
  await runAgain(connection, '0002_event_types.sql');
  const kept = await connection.query(
    `select name, max_attempts, title_template from realtime_event_types where name in ('payment_received', 'user_login') order by name`,
  );
  expect(kept).toMatchObject([{ max_attempts: 9 }, { title_template: 'Hi' }]);
});

/** Runs a migration of the school once more. */
async function runAgain(connection: Pick<Database, 'query'>, name: string): Promise<void> {
  const migration = await Bun.file(join(import.meta.dir, '../../../drizzle/school', name)).text();
  for (const statement of migration.split('--> statement-breakpoint')) await connection.query(statement);
}

test('the types that existed escalate, but those whose methods or escalation an operator has changed', async () => {
  await using subject = await startTracking();
  const { rows } = subject;
  await rows(`update realtime_event_types set escalation = null`);
  await rows(`update realtime_event_types set methods = '{websocket}' where name <> 'payment_received'`);
  await rows(
    `update realtime_event_types set methods = '{websocket,webhook}' where name in ('payment_received', 'approval_request_pending')`,
  );
  const own = { sms: { afterMs: 1 } };
  await rows(`update realtime_event_types set methods = '{pager}' where name = 'assignment_overdue'`);
  await rows(`update realtime_event_types set escalation = $1 where name = 'custom_notification'`, [
    JSON.stringify(own),
  ]);
  const [file] = [...new Glob('*_escalation.sql').scanSync(join(import.meta.dir, '../../../drizzle/school'))];
  await runAgain(subject.database, file ?? '');
  const types = await rows('select name, methods, escalation from realtime_event_types');
  for (const { name, methods = ['websocket'], escalation = null } of schoolEventTypes) {
    const found = types.find((each) => each['name'] === name);
    if (name === 'assignment_overdue') expect(found).toMatchObject({ methods: ['pager'], escalation: null });
    else if (name === 'custom_notification') expect(found).toMatchObject({ escalation: own });
    else expect(found).toEqual({ name, methods, escalation });
  }
});

test('every type of event says something whole of what its module knows', async () => {
  await using subject = await startTracking();
  const payload = {
    assignmentName: 'Term 1 School Fees',
    targetDescription: 'Grade 7 students',
    approvedBy: 'Ruth Kamau',
    rejectedBy: 'Ruth Kamau',
    requestedBy: 'Daniel Ouma',
    reason: 'over budget',
    title: 'Budget Approval Request',
    message: 'Closed tomorrow',
    description: 'From ten to eleven',
    amount: 1200,
    currency: 'KES',
    studentName: 'Brian Kiptoo',
    schoolName: 'Greenfield Academy',
    device: 'a phone',
    dueDate: '2026-01-05',
  };
  for (const { name: eventType } of schoolEventTypes) {
    const targets = { tenantId: greenfield, targetUserIds: ['user1-uuid'] };
    await createEvent(subject.tracking, { eventType, ...targets, payload });
  }
  const rows = await subject.rows('select type, title, message from realtime_events');
  expect(rows).toHaveLength(13);
  for (const row of rows) expect(JSON.stringify(row)).not.toMatch(/\{\w+\}/);
  expect(rows.find((row) => row['type'] === 'fee_assignment_created')).toMatchObject({
    title: 'New fee assignment: Term 1 School Fees',
    message: 'Term 1 School Fees was assigned to Grade 7 students.',
  });
});

test('a client is in its own channel and in those of its schools without asking', () => {
  expect(ownChannels(person('user1-uuid', 'parent', [greenfield]))).toEqual([
    'realtime_events',
    'realtime_announcements:school-uuid',
  ]);
});
