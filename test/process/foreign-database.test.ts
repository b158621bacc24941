import { describe, expect, test } from 'bun:test';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { startTestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

const log = createLogger('silent');
const production = { NODE_ENV: 'production', AUTH_MODE: 'insecure', DOMAINS: 'barangay' };
const hearing = { hearingId: 1, eventType: 'updated' };
const person = { personId: 'P-1', eventType: 'updated' };
const notification = { userId: 'u1', notification: { title: 'a', message: 'b' } };

async function sqlIn(database: TestDatabase, ...statements: string[]): Promise<void> {
  await using connection = await openTestDatabase(database.url);
  for (const statement of statements) await connection.query(statement);
}

const rows = [
  `insert into users values ('u1', 'Ana', 'officer')`,
  `insert into hearings (hearing_date, hearing_time) values ('2026-01-01', '10:00')`,
  `insert into persons (person_code, first_name, last_name) values ('P-1', 'Ana', 'Cruz')`,
];

describe('a database of an application', () => {
  test('that lacks a column is ready; the routes that need it are 501 with its name, the others work', async () => {
    await using database = await createTestDatabase({ domains: ['barangay'] });
    await sqlIn(database, ...rows, 'alter table persons drop column person_code');
    await using service = await startTestService({ database, env: production });
    expect(await service.get('/health/ready')).toMatchObject({ status: 200 });
    const { status, body } = await service.post('/ws/broadcast/person', person);
    expect([status, body]).toMatchObject([
      501,
      { code: 'not_in_database', detail: 'The column persons.person_code is missing.' },
    ]);
    expect((await service.post('/ws/broadcast/hearing', hearing)).status).toBe(200);
    expect(await service.nextLog('lacks tables or columns')).toContain('persons.person_code');
  });

  test('that has a column too many refuses what would add a row, and says which', async () => {
    await using database = await createTestDatabase({ domains: ['barangay'] });
    await sqlIn(database, ...rows, 'alter table notifications add column barangay_id integer not null');
    await using service = await startTestService({ database, env: production });
    const { status, body } = await service.post('/ws/broadcast/notification', notification);
    expect([status, (body as { code: string }).code]).toEqual([501, 'not_in_database']);
    expect((body as { detail: string }).detail).toContain(
      'notifications.barangay_id is NOT NULL without a default',
    );
    expect((await service.post('/ws/broadcast/person', person)).status).toBe(200);
  });

  const rules: Readonly<Record<string, readonly [sql: string, named: string]>> = {
    'a check': [`alter table notifications add constraint no_a check (title <> 'a')`, 'no_a'],
    'a unique index': [
      `create unique index one_title on notifications (title);
       insert into notifications (user_id, title, message) values ('u1', 'a', 'x')`,
      'one_title',
    ],
    'a reference': [
      `alter table notifications add constraint of_hearing foreign key (title) references persons (person_code)`,
      'of_hearing',
    ],
    'a shorter text': ['alter table notifications alter column message type varchar(1)', '22001'],
    'a generated column': [
      `alter table notifications drop column message;
       alter table notifications add column message text generated always as (title) stored`,
      'message',
    ],
    'a trigger that raises': [
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'secret'; end $$;
       create trigger refuse before insert on notifications for each row execute function refuse()`,
      'P0001',
    ],
    'a rule': ['create rule nothing as on insert to notifications do instead nothing', 'notifications'],
    'a view without rows': [
      `alter table notifications rename to others;
       create view notifications as select distinct * from others`,
      'notifications',
    ],
  };
  test('whose own rule refuses a row answers 501 with the name of the rule, never internal', async () => {
    for (const [title, [sql, named]] of Object.entries(rules)) {
      await using database = await createTestDatabase({ domains: ['barangay'] });
      await sqlIn(database, ...rows, sql);
      await using service = await startTestService({ database, env: production });
      const long = { userId: 'u1', notification: { title: 'a', message: 'bb' } };
      const { status, body } = await service.post('/ws/broadcast/notification', long);
      const { code, detail } = body as { code: string; detail: string };
      expect({ title, status, code }).toEqual({ title, status: 501, code: 'not_in_database' });
      expect(detail).toContain(named);
      expect(detail).not.toContain('secret');
      expect((await service.post('/ws/broadcast/person', person)).status).toBe(200);
    }
  });

  test.each([
    ['hearings', 'id', 'uuid', 'gen_random_uuid()', 'hearing', hearing],
    ['blotter_reports', 'id', 'date', 'now()', 'case', { caseId: 1, eventType: 'updated' }],
    ['persons', 'person_code', 'uuid', 'gen_random_uuid()', 'person', person],
    ['users', 'id', 'uuid', 'gen_random_uuid()', 'notification', notification],
    ['notifications', 'id', 'uuid', 'gen_random_uuid()', 'notification', notification],
  ])('whose %s.%s has the type %s is never internal', async (table, column, type, value, route, body) => {
    await using database = await createTestDatabase({ domains: ['barangay'] });
    await sqlIn(
      database,
      ...rows,
      `alter table ${table} drop column ${column} cascade`,
      `alter table ${table} add column ${column} ${type} not null default ${value}`,
    );
    await using service = await startTestService({ database, env: production });
    const answer = await service.post(`/ws/broadcast/${route}`, body);
    const { code } = answer.body as { code?: string };
    expect([200, 404, 501]).toContain(answer.status);
    if (answer.status === 501) expect(code).toBe('not_in_database');
  });

  test('may be served by a role that owns nothing, with the grants that SECURITY.md lists', async () => {
    await using database = await createTestDatabase({ domains: ['barangay'] });
    const role = `serves_${crypto.randomUUID().replaceAll('-', '')}`;
    const [, grants = ''] =
      (await Bun.file('SECURITY.md').text()).match(/```sql\n(grant usage[^`]*)```/) ?? [];
    await sqlIn(database, ...rows, `create role ${role} login password 'test'`);
    const url = new URL(database.url);
    url.username = role;
    const served = { ...database, url: url.href };
    const requests = [
      ['/ws/broadcast/hearing', hearing],
      ['/ws/broadcast/person', person],
      ['/ws/broadcast/notification', notification],
    ] as const;
    await sqlIn(
      database,
      `grant usage on schema public, drizzle to ${role};
      grant all on all tables in schema public, drizzle to ${role}; grant all on all sequences in schema public to ${role}`,
    );
    {
      await using service = await startTestService({ database: served, env: production });
      const { status, body } = await service.post('/ws/broadcast/hearing', hearing);
      expect([status, body]).toMatchObject([501, { code: 'not_in_database' }]);
      expect((body as { detail: string }).detail).toContain('permission denied for function');
    }
    await sqlIn(database, grants.replaceAll('server_role', role));
    {
      await using service = await startTestService({ database: served, env: production });
      for (const [path, content] of requests) {
        expect({ path, status: (await service.post(path, content)).status }).toEqual({ path, status: 200 });
      }
    }
    await sqlIn(database, `drop owned by ${role}; drop role ${role}`);
  });

  test('that has some of the tables gets the others beside them, once, and works', async () => {
    await using database = await createEmptyDatabase();
    await sqlIn(
      database,
      'create table users (id integer primary key, name text, role text, password_hash text not null)',
      `insert into users values (7, 'Ana', 'officer', 'x')`,
    );
    for (let times = 0; times < 2; times++) await migrate({ url: database.url, domains: ['barangay'], log });
    await sqlIn(database, ...rows.slice(1));
    await using service = await startTestService({ database, env: production });
    expect((await service.post('/ws/broadcast/hearing', hearing)).status).toBe(200);
    expect((await service.post('/ws/broadcast/person', person)).status).toBe(200);
    expect((await service.post('/ws/broadcast/notification', { ...notification, userId: '7' })).status).toBe(
      200,
    );
    expect(await service.database.query('select * from users')).toEqual([
      { id: 7, name: 'Ana', role: 'officer', password_hash: 'x' },
    ]);
    expect(service.logged()).not.toContain('lacks tables or columns');
  });
});

describe('production without migrations', () => {
  test('is not_migrated, names the command once, and is ready by itself when they have run', async () => {
    await using database = await createEmptyDatabase();
    await using service = await startTestService({ database, env: production });
    const ready = await service.get('/health/ready');
    expect([ready.status, ready.body]).toMatchObject([503, { code: 'not_migrated' }]);
    expect(ready.headers.get('retry-after')).toBeString();
    const { status, body } = await service.post('/ws/broadcast/hearing', hearing);
    expect([status, body]).toMatchObject([503, { code: 'not_migrated' }]);
    expect(await service.nextLog('tambuli migrate')).toContain('the domains barangay');
    await migrate({ url: database.url, domains: ['barangay'], log });
    await until(async () => (await service.get('/health/ready')).status === 200);
    expect((await service.post('/ws/broadcast/hearing', hearing)).status).toBe(404);
    const lines = service.logged().split('\n');
    expect(lines.filter((line) => line.includes('tambuli migrate'))).toHaveLength(1);
    // A task that is tried again and again says so once.
    const messages = lines.filter((line) => /"level":(40|50)/.test(line)).map((line) => JSON.parse(line).msg);
    expect(messages.length).toBe(new Set(messages).size);
  });

  test('with the migrations of an older version is not_migrated too', async () => {
    await using database = await createTestDatabase({ domains: ['barangay'] });
    await sqlIn(
      database,
      `delete from drizzle.realtime_migrations where created_at = (select max(created_at) from drizzle.realtime_migrations)`,
    );
    await using service = await startTestService({ database, env: production });
    expect((await service.get('/health/ready')).body).toMatchObject({ code: 'not_migrated' });
  });
});
