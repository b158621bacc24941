import { expect, test } from 'bun:test';
import { servicePrincipal } from '../../../src/realtime/principal.ts';
import type { Session } from '../../../src/realtime/sessions/session.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { failDeliveries } from '../../../src/tracking/deliveries/settle.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { publishWithPrincipal } from '../../../src/tracking/principal.ts';
import { Measures } from '../../../src/tracking/statistics/measures.ts';
import { startMeasuring } from '../../../src/tracking/statistics/measuring.ts';
import { statistics } from '../../../src/tracking/statistics/statistics.ts';
import { systemMetrics } from '../../../src/tracking/statistics/system-metrics.ts';
import { nowOf, type Tracking } from '../../../src/tracking/tracking.ts';
import { greenfield, joseph, mary, person, riverside, ruth, startTracking } from '../support.ts';

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
const sessionsOf = (...userIds: string[]) =>
  new Set(userIds.map((userId) => ({ principal: { userId } }) as Session)) as never;

test('each minute of each process has its rows, and they add up, percentiles included', async () => {
  await using subject = await startTracking();
  const { clock, rows } = subject;
  const all: number[] = [];
  for (const processId of ['a', 'b']) {
    const measures = new Measures();
    const users = processId === 'a' ? ['x', 'x', 'y'] : ['z'];
    await using _measuring = startMeasuring({
      tracking: subject.tracking,
      measures,
      sessions: sessionsOf(...users),
      processId,
    });
    for (let minute = 0; minute < 2; minute++) {
      measures.count('sent_high', 10);
      for (let n = 1; n <= 500; n++) {
        const ms = n * (processId === 'a' ? 1 : 7) + 100 * minute;
        all.push(ms);
        measures.time('created_to_sent_ms', ms);
      }
      clock.advance(60_000);
    }
    // Both measure the same two minutes.
    if (processId === 'a') clock.advance(-120_000);
  }
  const written = await rows(
    `select minute, process_id, value::int from realtime_system_metrics where name = 'sent_high' order by 1, 2`,
  );
  const minutes = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z'];
  expect(written).toEqual(
    minutes.flatMap((minute) => ['a', 'b'].map((process_id) => ({ minute, process_id, value: 10 }))),
  );
  const { counters, peaks, distributions } = await systemMetrics(subject.tracking, period);
  expect(counters).toEqual({ sent_high: 40 });
  expect(peaks).toEqual({ sessions: 4, users: 3 });
  const sorted = all.toSorted((a, b) => a - b);
  const merged = distributions['created_to_sent_ms'];
  expect(merged?.count).toBe(2_000);
  for (const [name, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
    ['p99', 0.99],
    ['max', 1],
  ] as const) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    // Two significant digits.
    expect(Math.abs((merged?.[name] ?? 0) / exact - 1)).toBeLessThan(0.01);
  }
});

test('minutes that cannot be written wait, and are written once', async () => {
  await using subject = await startTracking();
  let isDown = true;
  const transaction: Tracking['database']['transaction'] = (...parameters) =>
    isDown ? Promise.reject(new Error('away')) : subject.database.transaction(...parameters);
  const tracking = { ...subject.tracking, database: { ...subject.database, transaction } };
  const measures = new Measures();
  const measuring = startMeasuring({ tracking, measures, sessions: sessionsOf(), processId: 'a' });
  for (let minute = 0; minute < 3; minute++) {
    measures.count('delivered');
    subject.clock.advance(60_000);
  }
  isDown = false;
  await measuring[Symbol.asyncDispose]();
  expect((await systemMetrics(subject.tracking, period)).counters).toEqual({ delivered: 3 });
});

test('what happens to events is measured where it happens', async () => {
  await using subject = await startTracking();
  const measures = new Measures();
  const tracking = { ...subject.tracking, measures };
  const scheduledAt = new Date(subject.clock.now() + 1_000).toISOString();
  const { eventId } = await createEvent(tracking, {
    eventType: 'approval_request_pending',
    targetUserIds: [joseph.userId],
    scheduledAt,
  });
  subject.clock.advance(1_250);
  await sendDue(tracking);
  subject.clock.advance(2_000);
  await acknowledge(tracking, joseph, { eventId, kind: 'delivered', deviceId: 'phone' });
  subject.clock.advance(1_000);
  await acknowledge(tracking, joseph, { eventId, kind: 'acknowledged' });
  await acknowledge(tracking, joseph, { eventId, kind: 'acknowledged' });
  const taken = measures.take();
  const value = (name: string) => taken.find((each) => each.name === name);
  expect(value('sent_high')?.value).toBe(1);
  expect(value('delivered')?.value).toBe(1);
  expect(value('acknowledged')?.value).toBe(1);
  // A hundredth is as near as they are kept.
  const near = (name: string, ms: number) =>
    expect(Math.abs((value(name)?.p50 ?? 0) / ms - 1)).toBeLessThan(0.01);
  near('created_to_sent_ms', 250);
  near('sent_to_delivered_ms', 2_000);
  near('sent_to_acknowledged_ms', 3_000);
  expect(measures.take()).toEqual([]);
});

test('an announcement that is read later was sent when it was raised', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const input = { eventType: 'school_announcement', tenantId: greenfield, title: 'a', message: 'b' };
  const { eventId } = await createEvent(tracking, input);
  clock.advance(60_000);
  await acknowledge(tracking, joseph, { eventId, kind: 'read' });
  expect(await statistics(tracking, joseph, period)).toMatchObject({
    deliveries: 1,
    createdToSent: { p50: 0, max: 0 },
    sentToDelivered: { p50: 60_000 },
    sentToAcknowledged: null,
  });
});

test('statistics are of the tenants one supervises, otherwise one’s own', async () => {
  await using subject = await startTracking();
  const { tracking, clock, rows } = subject;
  const create = (tenantId: string, targetUserIds: string[]) =>
    createEvent(tracking, { eventType: 'payment_received', tenantId, targetUserIds });
  const first = await create(greenfield, ['user1-uuid', 'user2-uuid']);
  const second = await create(greenfield, ['user1-uuid', 'student-1']);
  await create(riverside, ['parent-2']);
  clock.advance(400);
  await acknowledge(tracking, joseph, { eventId: first.eventId, kind: 'delivered' });
  clock.advance(600);
  await acknowledge(tracking, mary, { eventId: first.eventId, kind: 'acknowledged' });
  await publishWithPrincipal(tracking, servicePrincipal, (tx, publish) =>
    failDeliveries(
      tx,
      publish,
      [{ eventId: second.eventId, userId: 'student-1', error: 'x' }],
      nowOf(tracking),
    ),
  );
  await rows(`insert into websocket_connections
      (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at, disconnected_at)
    select n::text, u, 'parent', t, 'websocket', n::text, 'p', '2026-01-01'::timestamptz + s * interval '1 minute', now(),
      '2026-01-01'::timestamptz + e * interval '1 minute'
    from (values (1, 'user1-uuid', 'school-uuid', 0, 10), (2, 'user1-uuid', 'school-uuid', 5, 20),
      (3, 'user2-uuid', 'school-uuid', 8, null), (4, 'student-1', 'school-uuid', 30, 40),
      (5, 'parent-2', 'school-2', 8, 9)) as v(n, u, t, s, e)`);

  expect(await statistics(tracking, ruth, period)).toEqual({
    deliveries: 4,
    byStatus: { sent: 1, delivered: 1, acknowledged: 1, failed: 1 },
    byPriority: { normal: 4 },
    deliveryRate: 0.5,
    acknowledgementRate: 0.25,
    failureRate: 0.25,
    createdToSent: { p50: 0, p95: 0, p99: 0, max: 0 },
    sentToDelivered: { p50: 400, p95: 1_000, p99: 1_000, max: 1_000 },
    sentToAcknowledged: { p50: 1_000, p95: 1_000, p99: 1_000, max: 1_000 },
    methods: {},
    escalated: 0,
    spared: {},
    peakUsers: 2,
  });
  expect(await statistics(tracking, mary, period)).toMatchObject({ deliveries: 1, peakUsers: 1 });
  const director = person('director-1', 'school_director');
  expect(await statistics(tracking, director, period)).toMatchObject({ deliveries: 5, peakUsers: 3 });
  const nobody = await statistics(tracking, ruth, { from: '2025-01-01', to: '2025-01-02' });
  expect(nobody).toMatchObject({
    deliveries: 0,
    byStatus: {},
    deliveryRate: null,
    createdToSent: null,
    peakUsers: 0,
  });
});
