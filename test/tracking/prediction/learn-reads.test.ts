import { expect, test } from 'bun:test';
import { learnAll, learnedAtOnce, learnReads } from '../../../src/tracking/prediction/learn-reads.ts';
import { mostSent } from '../../../src/tracking/prediction/model/chances.ts';
import { pruneTracking } from '../../../src/tracking/retention.ts';
import { type Priority, rankOf } from '../../../src/tracking/statuses.ts';
import { greenfield, joseph, mary, type Subject, startTracking } from '../support.ts';

/** An attempt to reach somebody, and when they read the event. */
interface Tried {
  readonly startedAt: string;
  readonly readAt?: string;
  readonly userId?: string;
  readonly method?: string;
  readonly outcome?: 'taken' | 'later' | null;
  readonly priority?: Priority;
  readonly type?: string;
}

async function addTried({ rows }: Subject, tried: readonly Tried[]): Promise<void> {
  for (const each of tried) {
    const { startedAt, readAt = null, userId = joseph.userId, method = 'fcm' } = each;
    const { outcome = 'taken', priority = 'normal', type = 'payment_received' } = each;
    const [event] = await rows(
      `insert into realtime_events (type, tenant_id, title, message, priority, scheduled_at, delivery_mode)
       values ($1, $2, 't', 'm', $3, $4, 'person') returning id`,
      [type, greenfield, priority, startedAt],
    );
    await rows(
      `insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, read_at, sent_at)
       values ($1, $2, $3, 'sent', $4, $5, $6)`,
      [event?.['id'], userId, greenfield, rankOf(priority), readAt, startedAt],
    );
    await rows(
      `insert into realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at, outcome)
       values ($1, $2, $3, $4, 1, $5, $6)`,
      [event?.['id'], userId, greenfield, method, startedAt, outcome],
    );
  }
}

async function startLearning(at: string): Promise<Subject> {
  const subject = await startTracking();
  subject.clock.step(Date.parse(at) - subject.clock.now());
  return subject;
}

const peopleOf = ({ rows }: Subject) =>
  rows(`select user_id, method, hour_of_week, sent, read from realtime_reading_hours order by 1, 2, 3`);

test('messages are counted by person, method and hour of the week, and those that were read within the hour', async () => {
  await using subject = await startLearning('2026-03-10T12:00:00Z');
  await addTried(subject, [
    { startedAt: '2026-03-02T09:59:00Z', readAt: '2026-03-02T10:58:59Z' },
    { startedAt: '2026-03-02T09:00:00Z', readAt: '2026-03-02T12:00:00Z' },
    { startedAt: '2026-03-09T09:30:00Z' },
    { startedAt: '2026-03-08T23:30:00Z', readAt: '2026-03-08T23:31:00Z', method: 'sms' },
    { startedAt: '2026-03-02T09:00:00Z', readAt: '2026-03-02T09:30:00Z', userId: mary.userId },
  ]);
  expect(await learnReads(subject.tracking, 'UTC')).toBe(5);
  expect(await peopleOf(subject)).toEqual([
    { user_id: joseph.userId, method: 'fcm', hour_of_week: 9, sent: 3, read: 1 },
    { user_id: joseph.userId, method: 'sms', hour_of_week: 167, sent: 1, read: 1 },
    { user_id: mary.userId, method: 'fcm', hour_of_week: 9, sent: 1, read: 1 },
  ]);
  // Three hours of the one that was read late, a day of the one that was not read.
  expect(
    await subject.rows(
      `select tenant_id, method, role, hour_of_week, sent, read, late_hours from realtime_reading_groups order by method`,
    ),
  ).toEqual([
    {
      tenant_id: greenfield,
      method: 'fcm',
      role: 'parent',
      hour_of_week: 9,
      sent: 4,
      read: 2,
      late_hours: 27,
    },
    {
      tenant_id: greenfield,
      method: 'sms',
      role: 'parent',
      hour_of_week: 167,
      sent: 1,
      read: 1,
      late_hours: 0,
    },
  ]);
});

test('what is never delayed, was not taken, was read before it left, or is younger than a day does not count', async () => {
  await using subject = await startLearning('2026-03-10T12:00:00Z');
  const startedAt = '2026-03-02T09:00:00Z';
  await addTried(subject, [
    { startedAt, priority: 'high' },
    { startedAt, priority: 'critical' },
    { startedAt, outcome: 'later' },
    { startedAt, outcome: null },
    { startedAt, readAt: '2026-03-02T08:59:00Z' },
    { startedAt: '2026-03-09T12:00:01Z' },
  ]);
  expect(await learnReads(subject.tracking, 'UTC')).toBe(5);
  expect(await peopleOf(subject)).toEqual([]);
  subject.clock.advance(1_000);
  expect(await learnReads(subject.tracking, 'UTC')).toBe(1);
  expect(await peopleOf(subject)).toMatchObject([{ hour_of_week: 12, sent: 1, read: 0 }]);
});

test('hours are those of the clock of the person, in summer and in winter', async () => {
  await using subject = await startLearning('2026-04-10T12:00:00Z');
  await subject.rows(
    `insert into realtime_contacts (user_id, time_zone, updated_at) values ($1, 'Europe/Berlin', now())`,
    [joseph.userId],
  );
  await addTried(subject, [
    { startedAt: '2026-03-28T00:30:00Z' },
    // Half past two does not exist on 29 March.
    { startedAt: '2026-03-29T00:30:00Z' },
    { startedAt: '2026-03-29T01:30:00Z' },
    { startedAt: '2026-03-29T22:30:00Z' },
    { startedAt: '2026-03-30T00:30:00Z', userId: mary.userId },
  ]);
  await learnAll(subject.tracking, 'Africa/Nairobi');
  const saturday = 5 * 24;
  expect((await peopleOf(subject)).map(({ user_id, hour_of_week }) => [user_id, hour_of_week])).toEqual([
    [joseph.userId, 0],
    [joseph.userId, saturday + 1],
    [joseph.userId, saturday + 24 + 1],
    [joseph.userId, saturday + 24 + 3],
    [mary.userId, 3],
  ]);
});

test('each attempt is learned from once, whatever the size of a batch and however many learn', async () => {
  await using subject = await startLearning('2026-03-10T12:00:00Z');
  const count = learnedAtOnce + 200;
  await subject.rows(
    `with event as (
       insert into realtime_events (type, tenant_id, title, message, priority, scheduled_at, delivery_mode)
       select 'payment_received', $1, 't', 'm', 'normal', now(), 'person' from generate_series(1, $2::integer) returning id
     ), delivery as (
       insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank)
       select id, $3, $1, 'sent', 2 from event returning event_id
     )
     insert into realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at, outcome)
     select event_id, $3, $1, 'fcm', 1, '2026-03-02T09:00:00Z'::timestamptz + (row_number() over () / 300) * interval '1 second', 'taken' from delivery`,
    [greenfield, count, joseph.userId],
  );
  const counts = await Promise.all([1, 2, 3].map(() => learnReads(subject.tracking, 'UTC')));
  // Those that began in the same moment as the thousandth are of its batch.
  expect(counts.toSorted((one, other) => one - other)).toEqual([0, count - 1_199, 1_199]);
  await learnAll(subject.tracking, 'UTC');
  const [learned] = await subject.rows('select learned, weights from realtime_predictions');
  expect(Number(learned?.['learned'])).toBe(count);
  // A person’s tally has room for so many, a group’s for more.
  expect(await peopleOf(subject)).toMatchObject([{ sent: mostSent.person, read: 0 }]);
  expect(await subject.rows('select sent from realtime_reading_groups')).toEqual([{ sent: count }]);
});

test('the priority score learns which types are read', async () => {
  await using subject = await startLearning('2026-03-10T12:00:00Z');
  const at = (minute: number) => new Date(Date.parse('2026-03-02T09:00:00Z') + minute * 60_000).toISOString();
  await addTried(
    subject,
    Array.from({ length: 40 }, (_, minute): Tried => {
      const startedAt = at(minute);
      return minute % 2 === 0
        ? { startedAt, readAt: startedAt }
        : { startedAt, type: 'user_login', priority: 'low' };
    }),
  );
  await learnAll(subject.tracking, 'UTC');
  const [row] = await subject.rows('select weights from realtime_predictions');
  const weights = row?.['weights'] as Record<string, { weight: number }>;
  expect(weights['type:payment_received']?.weight).toBeGreaterThan(0.3);
  expect(weights['type:user_login']?.weight).toBeLessThan(-0.3);
});

test('what was counted of people and groups of whom nothing came for long is removed by retention', async () => {
  await using subject = await startLearning('2026-03-10T12:00:00Z');
  await addTried(subject, [{ startedAt: '2026-03-02T09:00:00Z' }]);
  await learnAll(subject.tracking, 'UTC');
  await pruneTracking(subject.tracking, {
    before: '2026-03-10T00:00:00Z',
    activityBefore: '2026-03-10T00:00:00Z',
  });
  expect(await peopleOf(subject)).toHaveLength(1);
  await pruneTracking(subject.tracking, {
    before: '2026-03-11T00:00:00Z',
    activityBefore: '2026-03-11T00:00:00Z',
  });
  expect(await peopleOf(subject)).toEqual([]);
  expect(await subject.rows('select from realtime_reading_groups')).toEqual([]);
});
