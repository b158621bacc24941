import { expect, spyOn, test } from 'bun:test';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { sendAnnouncements } from '../../../src/tracking/events/send-announcements.ts';
import type { NewEvent } from '../../../src/tracking/model.ts';
import {
  codeOf,
  connectPeople,
  esther,
  greenfield,
  joseph,
  person,
  riverside,
  ruth,
  type Subject,
  startTracking,
} from '../support.ts';

const custom: NewEvent = {
  eventType: 'custom_notification',
  tenantId: greenfield,
  sourceUserId: 'user-uuid',
  targetUserIds: ['user1-uuid', 'user2-uuid'],
  title: 'Important Update',
  message: 'This is an important notification',
  priority: 'high',
};

const recipientsOf = async (subject: Subject, eventId: string) =>
  (
    await subject.rows(
      'select user_id from realtime_event_deliveries where event_id = $1 order by user_id collate "C"',
      [eventId],
    )
  ).map((row) => row['user_id']);

test('an event is written with its deliveries, sent, and published to each of its people with their counts', async () => {
  await using subject = await startTracking();
  await connectPeople(subject, 'user1-uuid', 'user2-uuid');
  const { tracking, told } = subject;
  const created = await createEvent(tracking, { ...custom, payload: { a: 1 }, correlationId: 'c-1' });
  expect(created).toMatchObject({ deliveryMode: 'person', recipients: 2, repeated: false });
  const publications = await told('user1-uuid');
  expect(
    publications.map(({ type, eventType, data }) => ({ type, eventType, data: JSON.parse(data) })),
  ).toEqual([
    {
      type: 'realtime_event',
      eventType: 'custom_notification',
      data: {
        id: created.eventId,
        eventType: 'custom_notification',
        tenantId: greenfield,
        sourceUserId: 'user-uuid',
        title: 'Important Update',
        message: 'This is an important notification',
        payload: { a: 1 },
        priority: 'high',
        actionUrl: null,
        correlationId: 'c-1',
        acknowledgement: 'none',
        expiresAt: null,
        createdAt: '2026-01-01T00:00:00.000Z',
        attempt: 1,
      },
    },
    { type: 'unread_count', eventType: undefined, data: { count: 1, version: 1 } },
  ]);
  expect(await told('user2-uuid')).toHaveLength(2);
  expect(await told('director-1')).toEqual([]);
  const [row] = await subject.rows(
    'select distinct status, attempts, next_attempt_at from realtime_event_deliveries',
  );
  expect(row).toEqual({ status: 'sent', attempts: 1, next_attempt_at: null });
});

test('recipients are people, roles of a school, everybody there, less the excluded', async () => {
  await using subject = await startTracking();
  const base = { eventType: 'payment_received', tenantId: greenfield };
  const create = async (input: Partial<NewEvent>) => {
    const { eventId } = await createEvent(subject.tracking, { ...base, ...input });
    return recipientsOf(subject, eventId);
  };
  expect(await create({ targetRoles: ['parent'] })).toEqual(['user1-uuid', 'user2-uuid']);
  expect(await create({ targetRoles: ['parent'], excludedUserIds: ['user1-uuid'] })).toEqual(['user2-uuid']);
  expect(await create({ targetRoles: ['school_director'] })).toEqual(['director-1']);
  expect(
    await create({ targetRoles: ['school_director'], targetTenantIds: [greenfield, riverside] }),
  ).toEqual(['director-1', 'director-2']);
  expect(await create({ targetUserIds: ['student-1'], targetRoles: ['teacher'] })).toEqual([
    'student-1',
    'user-uuid',
  ]);
  // People of another school, unknown, or of none.
  expect(await create({ targetUserIds: ['parent-2', 'nobody', 'admin-1'] })).toEqual(['admin-1']);
  expect(await create({ targetUserIds: [] })).toEqual([]);
  expect(await create({})).toEqual([
    'director-1',
    'finance-1',
    'principal-1',
    'student-1',
    'student-2',
    'user-uuid',
    'user1-uuid',
    'user2-uuid',
  ]);
  const everywhere = await createEvent(subject.tracking, { eventType: 'system_maintenance' });
  expect(everywhere.recipients).toBe(15);
});

test('an event in a transaction of the caller is sent when that commits, and is nothing when it does not (R5)', async () => {
  await using subject = await startTracking();
  const { tracking, database, told } = subject;
  const failed = database.transaction(async (tx) => {
    await createEvent(tracking, custom, { tx });
    throw new Error('changed my mind');
  });
  expect(await failed.catch(({ message }) => message)).toBe('changed my mind');
  expect(await subject.rows('select from realtime_events')).toEqual([]);
  expect(await sendDue(tracking)).toBe(0);

  await database.transaction(async (tx, query) => {
    await createEvent(tracking, custom, { tx });
    const [who] = await query(
      `select current_user as "user", current_setting('tambuli.user_id', true) as id`,
    );
    // The rest of the transaction is the caller's own.
    expect(who).toEqual({ user: 'postgres', id: '' });
    expect(await told('user1-uuid')).toEqual([]);
  });
  expect(await told('user1-uuid')).toEqual([]);
  expect(await sendDue(tracking)).toBe(2);
  expect(await told('user1-uuid')).toHaveLength(2);
  expect(await sendDue(tracking)).toBe(0);
});

test('the same idempotency key is the same event, also for those who use it at once', async () => {
  await using subject = await startTracking();
  const input = { ...custom, idempotencyKey: 'fee-1' };
  const all = await Promise.all(Array.from({ length: 8 }, () => createEvent(subject.tracking, input)));
  expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(1);
  expect(all.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(all.every(({ recipients }) => recipients === 2)).toBe(true);
  expect(await subject.told('user1-uuid')).toHaveLength(2);
  const elsewhere = await createEvent(subject.tracking, {
    ...input,
    tenantId: riverside,
    targetUserIds: ['parent-2'],
  });
  expect(elsewhere.repeated).toBe(false);
});

test('what is scheduled waits for its time, what expires meanwhile is never sent', async () => {
  await using subject = await startTracking();
  const { tracking, clock, told } = subject;
  const at = (ms: number) => new Date(clock.now() + ms).toISOString();
  await createEvent(tracking, { ...custom, scheduledAt: at(60_000) });
  await createEvent(tracking, { ...custom, scheduledAt: at(60_000), expiresAt: at(90_000), title: 'short' });
  expect(await sendDue(tracking)).toBe(0);
  clock.advance(59_999);
  expect(await sendDue(tracking)).toBe(0);
  clock.advance(40_000);
  expect(await sendDue(tracking)).toBe(2);
  const titles = (await told('user1-uuid')).map(({ data }) => JSON.parse(data).title);
  expect(titles).toEqual(['Important Update', undefined]);
  expect(await codeOf(createEvent(tracking, { ...custom, expiresAt: at(-1) }))).toBe('validation_failed');
});

test('the most urgent goes out first, whatever was written before', async () => {
  await using subject = await startTracking();
  const { tracking, database } = subject;
  await database.transaction(async (tx) => {
    for (const priority of ['low', 'critical', 'normal', 'urgent', 'high'] as const) {
      await createEvent(tracking, { ...custom, targetUserIds: ['user1-uuid'], priority }, { tx });
    }
  });
  while ((await sendDue(tracking, { limit: 2 })) > 0);
  const sent = (await subject.told('user1-uuid')).filter(({ type }) => type === 'realtime_event');
  expect(sent.map(({ data }) => JSON.parse(data).priority)).toEqual([
    'critical',
    'urgent',
    'high',
    'normal',
    'low',
  ]);
});

test('what is awaited is sent again, each time twice as late, until the type’s maximum', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  await connectPeople(subject, 'user1-uuid');
  await createEvent(tracking, { ...custom, eventType: 'assignment_overdue', targetUserIds: ['user1-uuid'] });
  const sentAfter = async (ms: number) => {
    clock.advance(ms);
    return sendDue(tracking);
  };
  expect(await sentAfter(29_999)).toBe(0);
  expect(await sentAfter(1)).toBe(1);
  expect(await sentAfter(59_999)).toBe(0);
  expect(await sentAfter(1)).toBe(1);
  expect(await sentAfter(10 * 60_000)).toBe(0);
  const types = (await subject.told('user1-uuid')).map(({ type }) => type);
  // Counted unread once.
  expect(types).toEqual(['realtime_event', 'unread_count', 'realtime_event', 'realtime_event']);
});

test('an announcement to a whole school is one publication and no delivery', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const input = { eventType: 'school_announcement', tenantId: greenfield, title: 'Closed', message: 'Rain' };
  const { eventId, deliveryMode, recipients } = await createEvent(tracking, input);
  expect({ deliveryMode, recipients }).toEqual({ deliveryMode: 'channel', recipients: null });
  expect(await recipientsOf(subject, eventId)).toEqual([]);
  const channel = `realtime_announcements:${greenfield}`;
  const page = await subject.rows('select type, data from realtime_publications where channel = $1', [
    channel,
  ]);
  expect(page).toMatchObject([{ type: 'realtime_event', data: { id: eventId, title: 'Closed' } }]);
  const [row] = await subject.rows('select status, channel_offset from realtime_events');
  expect(row).toEqual({ status: 'sent', channel_offset: '1' });

  await createEvent(tracking, { ...input, scheduledAt: new Date(clock.now() + 1_000).toISOString() });
  expect(await sendAnnouncements(tracking)).toBe(0);
  clock.advance(1_000);
  expect(await Promise.all([1, 2, 3].map(() => sendAnnouncements(tracking)))).toContain(1);
  expect(await subject.rows('select from realtime_publications where channel = $1', [channel])).toHaveLength(
    2,
  );
});

test('who reads the announcements of a school belongs to it, in that role', async () => {
  await using subject = await startTracking();
  const channel = `realtime_announcements:${greenfield}`;
  const reads = (principal: typeof joseph) =>
    codeOf(subject.manager.reader.history(principal, channel, undefined, 1));
  expect(await reads(joseph)).toBe('nothing');
  expect(await reads(person('director-1', 'school_director'))).toBe('nothing');
  expect(await reads(person('admin-1', 'super_admin'))).toBe('nothing');
  expect(await reads(person('director-1', 'school_director', [riverside]))).toBe('forbidden');
  expect(await reads(person('director-2', 'school_director'))).toBe('forbidden');
  expect(await reads(person('parent-2', 'parent', [greenfield]))).toBe('forbidden');
  expect(await reads(person('user1-uuid', 'super_admin'))).toBe('forbidden');
});

test('people raise what is for their role to raise, in their own name, in schools of theirs', async () => {
  await using subject = await startTracking();
  const { tracking, rows } = subject;
  const raise = (by: typeof joseph, input: Partial<NewEvent> = {}) =>
    codeOf(createEvent(tracking, { ...custom, ...input }, { by }));
  expect(await raise(joseph)).toBe('forbidden');
  expect(await raise(person('user1-uuid', 'principal'))).toBe('forbidden');
  expect(await raise(esther)).toBe('nothing');
  expect(await raise(esther, { eventType: 'fee_assignment_approved' })).toBe('forbidden');
  expect(await raise(ruth, { eventType: 'fee_assignment_approved' })).toBe('nothing');
  expect(await raise(esther, { tenantId: riverside })).toBe('forbidden');
  expect(await raise(esther, { targetTenantIds: [greenfield, riverside] })).toBe('forbidden');
  expect(
    await raise(person('director-1', 'school_director'), { targetTenantIds: [greenfield, riverside] }),
  ).toBe('nothing');
  expect(await raise(person('director-1', 'school_director', [greenfield]), { tenantId: riverside })).toBe(
    'forbidden',
  );
  expect(await raise(esther, { tenantId: undefined } as unknown as NewEvent)).toBe('forbidden');
  expect(await rows('select distinct source_user_id from realtime_events order by 1')).toEqual([
    { source_user_id: 'director-1' },
    { source_user_id: 'principal-1' },
    { source_user_id: 'user-uuid' },
  ]);
  expect(await raise(esther, { eventType: 'no_such_type' })).toBe('validation_failed');
  expect(await raise(esther, { payload: { text: 'x'.repeat(200_000) } })).toBe('payload_too_large');
});

test('ten thousand recipients are written in a few statements', async () => {
  await using subject = await startTracking();
  const { tracking, rows } = subject;
  await rows(
    `insert into school.users (id, name, role, school_id)
    select 'pupil-' || n, 'Pupil', 'student', $1 from generate_series(1, 10000) n`,
    [greenfield],
  );
  subject.statements();
  const start = performance.now();
  const { recipients } = await createEvent(tracking, {
    ...custom,
    targetUserIds: undefined,
    targetRoles: ['student'],
    eventType: 'assignment_overdue',
    priority: 'low',
  } as unknown as NewEvent);
  const writtenMs = performance.now() - start;
  const statements = subject.statements();
  expect(recipients).toBe(10_002);
  expect(statements).toBeLessThanOrEqual(12);
  const urgent = await createEvent(tracking, { ...custom, priority: 'urgent', targetUserIds: ['pupil-7'] });
  const first = await subject.told('pupil-7');
  expect(first.map(({ data }) => JSON.parse(data).id)).toContain(urgent.eventId);
  let batches = 0;
  while ((await sendDue(tracking)) > 0) batches += 1;
  const sentMs = performance.now() - start;
  process.stdout.write(
    `10,002 recipients: ${statements} statements, written in ${writtenMs.toFixed(0)} ms, published in ${batches} batches by ${sentMs.toFixed(0)} ms\n`,
  );
  const [counts] = await rows(
    `select count(*)::int as pending from realtime_event_deliveries where status = 'pending'`,
  );
  expect(counts).toEqual({ pending: 0 });
}, 60_000);

test.each([
  ['in one statement', { targetUserIds: ['user1-uuid', 'user2-uuid'] }],
  ['step by step', { targetRoles: ['teacher', 'parent', 'student'], tenantId: greenfield }],
])('an event that is written %s is encoded once, whatever the number of its people', async (_, targets) => {
  await using subject = await startTracking();
  await connectPeople(subject, 'user1-uuid', 'user2-uuid');
  const encode = spyOn(JSON, 'stringify');
  const { targetUserIds: __, ...rest } = custom;
  const { recipients } = await createEvent(subject.tracking, { ...rest, ...targets });
  expect(recipients).toBeGreaterThan(1);
  const published = encode.mock.calls.filter(([value]) => Object.hasOwn(Object(value), 'attempt'));
  encode.mockRestore();
  expect(published).toHaveLength(1);
});
