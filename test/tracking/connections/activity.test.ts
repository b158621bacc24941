import { expect, test } from 'bun:test';
import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Activity, ActivityBatch, type ActivityItem } from '../../../src/tracking/connections/activity.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { Measures } from '../../../src/tracking/statistics/measures.ts';
import type { Tracking } from '../../../src/tracking/tracking.ts';
import { lockTable } from '../../support/postgres/table-lock.ts';
import { greenfield, joseph, riverside, type Subject, startTracking } from '../support.ts';

const click = (more: Partial<ActivityItem> = {}): ActivityItem => ({
  kind: 'click',
  page: '/fees',
  occurredAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const clicks = (count: number) => Array.from({ length: count }, () => click());
const counted = (measures: Measures) =>
  Object.fromEntries(measures.take().map(({ name, value }) => [name, value]));
const recorded = async ({ rows }: Subject) =>
  (await rows('select count(*)::int as count from realtime_user_activity'))[0]?.['count'];

test('what people do is written in batches, under their own name and tenant', async () => {
  await using subject = await startTracking();
  const measures = new Measures();
  const activity = new Activity(subject.tracking, measures);
  const items = [
    click({ tenantId: greenfield, target: 'pay', connectionId: 'c' }),
    click({ kind: 'duration', durationMs: 1_500 }),
    click({ tenantId: riverside }),
  ];
  expect(activity.record(joseph, items)).toEqual({ accepted: 3, dropped: 0 });
  subject.statements();
  await activity.flush();
  expect(subject.statements()).toBeLessThanOrEqual(4);
  const rows = await subject.rows(
    'select user_id, tenant_id, connection_id, kind, page, target, duration_ms from realtime_user_activity order by kind',
  );
  const base = { user_id: 'user1-uuid', page: '/fees' };
  expect(rows).toEqual([
    { ...base, tenant_id: greenfield, connection_id: 'c', kind: 'click', target: 'pay', duration_ms: null },
    {
      ...base,
      tenant_id: greenfield,
      connection_id: null,
      kind: 'duration',
      target: null,
      duration_ms: 1_500,
    },
  ]);
  // The third was said of a school that is not his.
  expect(counted(measures)).toEqual({ activity_recorded: 2, activity_dropped: 1 });
});

test('an item that the database refuses is left out with a count, and holds up no other', async () => {
  await using subject = await startTracking();
  await subject.rows(`alter table realtime_user_activity add constraint of_test check (page <> '/refused')`);
  const measures = new Measures();
  const activity = new Activity(subject.tracking, measures);
  const refused = click({ page: '/refused' });
  activity.record(joseph, [refused, ...clicks(20), refused, ...clicks(20), refused]);
  await activity.flush();
  expect(await recorded(subject)).toBe(40);
  expect(counted(measures)).toEqual({ activity_recorded: 40, rows_refused: 3 });
  activity.record(joseph, clicks(1));
  await activity.flush();
  expect(await recorded(subject)).toBe(41);
});

test('the timer writes it, the end writes the rest', async () => {
  await using subject = await startTracking();
  const activity = new Activity(subject.tracking, new Measures());
  const running = activity.start();
  activity.record(joseph, clicks(700));
  subject.clock.advance(1_000);
  await activity.flush();
  expect(await recorded(subject)).toBe(700);
  activity.record(joseph, clicks(3));
  await running[Symbol.asyncDispose]();
  expect(await recorded(subject)).toBe(703);
});

test('what finds no room is dropped, said and counted, and an outage only fills the room', async () => {
  await using subject = await startTracking();
  const measures = new Measures();
  let isDown = true;
  const transaction: Tracking['database']['transaction'] = (...parameters) =>
    isDown ? Promise.reject(new Error('away')) : subject.database.transaction(...parameters);
  const tracking = { ...subject.tracking, database: { ...subject.database, transaction } };
  const activity = new Activity(tracking, measures, { capacity: 50 });
  expect(activity.record(joseph, clicks(4))).toEqual({ accepted: 4, dropped: 0 });
  await activity.flush();
  expect(activity.record(joseph, clicks(4))).toEqual({ accepted: 1, dropped: 3 });
  expect(activity.record(joseph, clicks(4))).toEqual({ accepted: 0, dropped: 4 });
  isDown = false;
  await activity.flush();
  expect(await recorded(subject)).toBe(5);
  expect(activity.record(joseph, clicks(1))).toEqual({ accepted: 1, dropped: 0 });
  expect(counted(measures)).toEqual({ activity_dropped: 7, activity_recorded: 5 });
});

test('one person cannot fill the room of all', async () => {
  await using subject = await startTracking();
  const activity = new Activity(subject.tracking, new Measures(), { capacity: 100 });
  expect(activity.record(joseph, clicks(12))).toEqual({ accepted: 10, dropped: 2 });
  expect(activity.record({ ...joseph, userId: 'somebody-else' }, clicks(10))).toEqual({
    accepted: 10,
    dropped: 0,
  });
});

test('what no column can take is not valid', () => {
  FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));
  const isValid = (item: object) => Value.Check(ActivityBatch, [{ ...click(), ...item }]);
  expect(isValid({})).toBe(true);
  expect(isValid({ kind: 'thought' })).toBe(false);
  expect(isValid({ page: 'a\u0000' })).toBe(false);
  expect(isValid({ durationMs: -1 })).toBe(false);
  expect(isValid({ durationMs: 1e10 })).toBe(false);
  expect(isValid({ occurredAt: 'now' })).toBe(false);
  expect(Value.Check(ActivityBatch, clicks(201))).toBe(false);
});

test('a flood of it that waits to be written holds up no delivery', async () => {
  await using subject = await startTracking();
  const measures = new Measures();
  const activity = new Activity(subject.tracking, measures);
  await using lock = await lockTable(subject.database, 'realtime_user_activity');
  for (let n = 0; n < 10; n++) activity.record(joseph, clicks(100));
  const flushing = activity.flush();
  await lock.contended();
  for (let n = 0; n < 20; n++) {
    const event = { eventType: 'fee_assignment_created', targetUserIds: [joseph.userId], payload: {} };
    await createEvent(subject.tracking, event);
  }
  const told = await subject.told(joseph.userId);
  expect(told.filter(({ eventType }) => eventType === 'fee_assignment_created')).toHaveLength(20);
  expect(counted(measures)['activity_recorded']).toBeUndefined();
  await lock.release();
  await flushing;
  expect(await recorded(subject)).toBe(1_000);
});
