import { describe, expect, test } from 'bun:test';
import type { Database } from '../../../src/db/connection/open.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { installTriggers, removeTriggers, stateOf } from '../../../src/db/triggers/triggers.ts';
import { seedBarangay } from '../../../src/domains/barangay/seed.ts';
import { barangayTables } from '../../../src/domains/barangay/triggers.ts';
import { createLogger } from '../../../src/logger.ts';
import { isChannelName, personalChannel } from '../../../src/protocol/wire/channel-name.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { foreignSchema } from '../../support/postgres/foreign-schema.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/postgres/postgres.ts';
import { runTambuli } from '../../support/programs/run.ts';
import { fc } from '../../support/property.ts';
import { startTestService } from '../../support/services/service.ts';
import { joinAs, settle } from '../../support/services/session.ts';

interface Dropped {
  readonly channel: string;
  readonly type: string;
  readonly event_type: string;
  readonly data: Record<string, unknown>;
}

const install = (database: Database) =>
  database.transaction((_, query) => installTriggers(query, barangayTables));

/** The publications of a statement, as `channel type event`, and the data. */
async function publishedBy(database: Database, statement: string, values: unknown[] = []) {
  await database.query(statement, values);
  const rows = await database.query<Dropped>(
    'delete from realtime_outbox returning channel, type, event_type, data',
  );
  return {
    lines: rows.map(({ channel, type, event_type: event }) => `${channel} ${type} ${event}`),
    data: rows[0]?.data,
    rows,
  };
}

const takeDeadLetters = (database: Database) =>
  database.query('delete from realtime_dead_letters returning channel, reason');

async function openDemo() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase({ domains: ['barangay'] }));
  const database = stack.use(await openTestDatabase(url));
  await seedBarangay(database.db);
  await install(database);
  return { database, url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function openForeign() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createEmptyDatabase());
  const database = stack.use(await openTestDatabase(url));
  for (const statement of foreignSchema()) await database.query(statement);
  await migrate({ url, domains: ['barangay'], log: createLogger('silent') });
  await install(database);
  return { database, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const matrix: readonly (readonly [statement: string, published: readonly string[]])[] = [
  [
    `insert into hearings (id, hearing_date, hearing_time) values (5, '2025-12-05', '09:00')`,
    ['hearings hearing_update created'],
  ],
  [`update hearings set location = 'Hall' where id = 5`, ['hearings hearing_update updated']],
  [
    `update hearings set status = 'held', notes = 'x' where id = 5`,
    ['hearings hearing_update status_changed'],
  ],
  ['delete from hearings where id = 5', ['hearings hearing_update deleted']],
  [
    `insert into blotter_reports (id, case_number, incident_type) values (5, 'n', 't')`,
    ['cases case_update created', 'case:5 case_update created'],
  ],
  [
    `update blotter_reports set narrative = 'x' where id = 5`,
    ['cases case_update updated', 'case:5 case_update updated'],
  ],
  [
    `update blotter_reports set status = 'settled' where id = 5`,
    ['cases case_update status_changed', 'case:5 case_update status_changed'],
  ],
  ['delete from blotter_reports where id = 5', ['cases case_update deleted', 'case:5 case_update deleted']],
  [
    `insert into persons (id, person_code, first_name, last_name) values (5, 'P', 'a', 'b')`,
    ['persons person_update created'],
  ],
  [`update persons set address = 'x' where id = 5`, ['persons person_update updated']],
  ['delete from persons where id = 5', ['persons person_update deleted']],
  [
    `insert into notifications (id, user_id, title, message) values (5, 'a:b', 't', 'm')`,
    ['notifications:a%3Ab notification created'],
  ],
  [
    `insert into person_history (id, person_id, description) values (5, 1, 'd')`,
    ['persons person_history_update created'],
  ],
  [`update person_history set description = 'e' where id = 5`, ['persons person_history_update updated']],
  ['delete from person_history where id = 5', ['persons person_history_update deleted']],
  ['update notifications set is_read = true where id = 5', ['notifications:a%3Ab notificationRead read']],
  [`update notifications set title = 'u' where id = 5`, ['notifications:a%3Ab notification updated']],
  ['update notifications set is_read = false where id = 5', ['notifications:a%3Ab notification updated']],
  ['delete from notifications where id = 5', ['notifications:a%3Ab notificationDeleted deleted']],
];

test('every kind of change of every table goes to the channels of the routes, with its event', async () => {
  await using subject = await openDemo();
  for (const [statement, published] of matrix) {
    expect((await publishedBy(subject.database, statement)).lines).toEqual([...published]);
  }
});

describe('a trigger', () => {
  test('publishes what the route publishes of the same row', async () => {
    await using service = await startTestService();
    const { database } = service;
    await install(database);
    // Taken back before it is committed, out of reach of the service's relay.
    const dropped = await database.transaction(async (_, query) => {
      await query(`update hearings set notes = 'new' where id = 123`);
      return query<Dropped>('delete from realtime_outbox returning type, data');
    });
    await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
    const logged = await database.query<Dropped>(
      `select type, data from realtime_publications where channel = 'hearings'`,
    );
    expect(dropped).toEqual(logged);
    expect(logged).toMatchObject([{ data: { id: 123, hearingDate: '2025-12-05', notes: 'new' } }]);
  });

  test('leaves the notification route to publish its own', async () => {
    await using service = await startTestService();
    const { database } = service;
    await install(database);
    const body = { userId: 'resident7', notification: { title: 't', message: 'm' } };
    expect(await service.post('/ws/broadcast/notification', body)).toMatchObject({ status: 200 });
    await database.query('update notifications set is_read = true');
    const events = () =>
      database.query<{ event: string }>(
        `select coalesce(event_type, 'none') as event from realtime_publications union all
         select event_type from realtime_outbox`,
      );
    // Whether the relay of the service was here already or not.
    expect((await events()).map(({ event }) => event)).toEqual(['none', 'read']);
  });

  test('publishes nothing for an update that changes nothing', async () => {
    await using subject = await openDemo();
    const { database } = subject;
    for (const table of ['hearings', 'blotter_reports', 'persons']) {
      expect((await publishedBy(database, `update ${table} set id = id`)).lines).toEqual([]);
    }
  });

  test('publishes a row for each that one statement changes, and nothing of a rolled back one (R5)', async () => {
    await using subject = await openDemo();
    const { database } = subject;
    const { lines } = await publishedBy(
      database,
      `insert into notifications (user_id, title, message) select 'u' || n, 't', 'm' from generate_series(1, 50) n`,
    );
    expect(lines).toEqual(
      Array.from({ length: 50 }, (_, n) => `notifications:u${n + 1} notification created`),
    );
    const failed = database.transaction(async (_, query) => {
      await query('update notifications set is_read = true');
      throw new Error('no');
    });
    expect(await failed.catch(({ message }) => message)).toBe('no');
    expect((await publishedBy(database, 'select 1')).lines).toEqual([]);
  });

  test('says only which row it was when that is too large, and the application goes on', async () => {
    await using subject = await openDemo();
    const { data, lines } = await publishedBy(
      subject.database,
      `update hearings set notes = repeat('é', 70000) where id = 123`,
    );
    expect(lines).toEqual(['hearings hearing_update updated']);
    expect(data).toEqual({ id: 123 });
  });

  test('names the channel of any user as the protocol does, and puts aside what no channel can be called after', async () => {
    await using subject = await openDemo();
    const { database } = subject;
    const userId = fc.oneof(
      fc
        .string({ unit: 'binary', maxLength: 80 })
        .filter((text) => !text.includes('\0') && text.isWellFormed()),
      fc.integer({ min: 170, max: 210 }).map((length) => 'u'.repeat(length)),
      fc.constant(''),
    );
    await fc.assert(
      fc.asyncProperty(userId, async (id) => {
        const { rows } = await publishedBy(
          database,
          `insert into notifications (user_id, title, message) values ($1, 't', 'm')`,
          [id],
        );
        const channel = personalChannel('notifications', id);
        expect(rows.map((row) => row.channel)).toEqual(isChannelName(channel) ? [channel] : []);
        expect(await takeDeadLetters(database)).toEqual(
          isChannelName(channel)
            ? []
            : [{ channel, reason: expect.stringContaining('a channel is a namespace') }],
        );
        expect(rows.every((row) => row.data['userId'] === id)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  test('never sends what is hidden or called like a secret, nor that it changed', async () => {
    await using subject = await openDemo();
    const { database } = subject;
    await database.query('alter table persons add login_pin text, add photo text');
    const hiding = barangayTables.map((table) => ({ ...table, hidden: ['photo'] }));
    await database.transaction((_, query) => installTriggers(query, hiding));
    const update = (set: string) => publishedBy(database, `update persons set ${set} where id = 1`);
    expect((await update(`login_pin = '1234', photo = 'x'`)).lines).toEqual([]);
    const { rows } = await update(`login_pin = '4321', address = 'Purok 4'`);
    expect(rows.length).toBe(1);
    const data = rows[0]?.data ?? {};
    expect(Object.keys(data).filter((name) => /photo|pin/i.test(name))).toEqual([]);
    expect(Object.values(data).filter((value) => value === '4321' || value === 4321)).toEqual([]);
  });

  test('works for whoever may write to the table and nothing else', async () => {
    await using subject = await openDemo();
    const { database } = subject;
    await database.transaction(async (_, query) => {
      await query(`create role writer_${process.pid}`);
      await query(`grant select, update on hearings to writer_${process.pid}`);
      await query(`set local role writer_${process.pid}`);
      await query(`update hearings set notes = 'w' where id = 123`);
      await query('reset role');
      await query(`drop owned by writer_${process.pid}; drop role writer_${process.pid}`);
    });
    expect((await publishedBy(database, 'select 1')).lines).toEqual(['hearings hearing_update updated']);
  });
});

test('a plain SQL statement of any program reaches the phones, each user their own notifications', async () => {
  await using service = await startTestService();
  await install(service.database);
  await using officer = await joinAs(service, { userId: 'user123', role: 'officer' }, [
    'hearings',
    'notifications',
  ]);
  await using resident = await joinAs(service, { userId: 'resident7' }, ['case:456', 'notifications']);
  await service.database.query(`update hearings set status = 'held' where id = 123`);
  expect(await officer.next('hearing_update')).toMatchObject({
    eventType: 'status_changed',
    data: { id: 123 },
  });
  await service.database.query(`update blotter_reports set priority = 'high' where id = 456`);
  expect(await resident.next('case_update')).toMatchObject({ channel: 'case:456', eventType: 'updated' });
  await service.database.query(
    `insert into notifications (user_id, title, message) values ('resident7', 't', 'm')`,
  );
  expect(await resident.next('notification')).toMatchObject({
    channel: 'notifications',
    eventType: 'created',
  });
  await settle(officer);
  expect(officer.all('notification')).toEqual([]);
});

test('the tables of an application that was there before publish too, ids of users as texts', async () => {
  await using subject = await openForeign();
  const { database } = subject;
  const notify = `insert into notifications (user_id, title) values (2, 't')`;
  expect((await publishedBy(database, notify)).rows).toMatchObject([
    { channel: 'notifications:2', data: { userId: '2', title: 't', isRead: false } },
  ]);
  expect((await publishedBy(database, `update blotter_reports set status = 'settled'`)).lines).toEqual([
    'cases case_update status_changed',
    'case:1 case_update status_changed',
    'my_cases:1 case_update status_changed',
  ]);
  // The application's own trigger writes the history of the person.
  expect((await publishedBy(database, `update persons set address = '{"a": 1}'`)).rows).toMatchObject([
    { type: 'person_history_update', data: { personId: 1, change: { full_name: 'Ñina ' } } },
    { type: 'person_update', data: { fullName: 'Ñina ', address: { a: 1 } } },
  ]);
  expect((await publishedBy(database, 'delete from blotter_reports')).lines).toEqual([
    'cases case_update deleted',
    'case:1 case_update deleted',
    'my_cases:1 case_update deleted',
    'hearings hearing_update deleted',
  ]);
});

test('installing again changes nothing; removing is complete; another version says so', async () => {
  await using subject = await openDemo();
  const { database } = subject;
  const describeTriggers = () =>
    database.query(
      'select oid, xmin::text, tgname, tgenabled from pg_trigger where not tgisinternal order by oid',
    );
  const states = () => Promise.all(barangayTables.map((table) => stateOf(database.query, table)));
  const installed = await describeTriggers();
  await install(database);
  expect(await describeTriggers()).toEqual(installed);
  const [hearings, ...rest] = barangayTables;
  const other = { ...barangayTables[0], table: 'hearings', type: 'other', channels: ['x'], hidden: [] };
  expect(await stateOf(database.query, other)).toBe('outdated');
  await database.query('alter table hearings disable trigger tambuli_publish_update');
  expect(hearings && (await stateOf(database.query, hearings))).toBe('disabled');
  await install(database);
  expect(await states()).toEqual(['installed', ...rest.map(() => 'installed' as const)]);
  for (let times = 0; times < 2; times++) {
    await database.transaction((_, query) => removeTriggers(query, barangayTables));
    expect(await describeTriggers()).toEqual([]);
  }
  expect((await publishedBy(database, `update hearings set notes = 'quiet'`)).lines).toEqual([]);
  expect(await stateOf(database.query, { ...other, table: 'missing' })).toBe('no table');
});

test('the command installs, tells the state, and removes', async () => {
  await using target = await createTestDatabase({ domains: ['barangay'] });
  const env = { NODE_ENV: 'test', DATABASE_URL: target.url };
  const triggers = (...words: string[]) => runTambuli(['triggers', ...words], { env });
  const all = (state: string) => barangayTables.map(({ table }) => `${table}: ${state}\n`).join('');
  expect(await triggers('status')).toEqual({ code: 0, out: all('absent'), errors: '' });
  expect(await triggers('install')).toEqual({ code: 0, out: all('installed'), errors: '' });
  expect(await triggers('remove')).toEqual({ code: 0, out: all('absent'), errors: '' });
  expect(await triggers('instal')).toMatchObject({
    code: 64,
    errors: expect.stringContaining('(Did you mean install?)'),
  });
});
