import type { PlanOptions } from '../../../src/tracking/prediction/plan-due.ts';
import { noHours } from '../../../src/tracking/preferences/hours.ts';
import { type Priority, rankOf } from '../../../src/tracking/statuses.ts';
import { greenfield, joseph, type Subject, startTracking } from '../support.ts';

export const planOptions: PlanOptions = {
  methods: ['fcm', 'sms', 'email'],
  digestible: ['email'],
  hours: noHours,
  waitHours: 6,
};

/** Parents of Greenfield read within the hour in these hours of the week, otherwise a day later. */
export async function addHabits(
  { rows }: Pick<Subject, 'rows'>,
  method: string,
  ...hours: readonly number[]
): Promise<void> {
  await rows(
    `insert into realtime_reading_groups (tenant_id, method, role, hour_of_week, sent, read, late_hours, learned_on)
     select $1, $2, 'parent', hour, 3000, case when hour = any($3) then 2900 else 100 end, case when hour = any($3) then 2400 else 69600 end, '2026-03-01'
     from generate_series(0, 167) hour`,
    [greenfield, method, hours],
  );
}

/** An event of this priority that is due for Joseph by this method. */
export async function addDue(
  { rows, clock }: Pick<Subject, 'rows' | 'clock'>,
  {
    method = 'fcm',
    priority = 'normal' as Priority,
    type = 'payment_received',
    expiresAt = null as string | null,
  } = {},
): Promise<string> {
  const now = new Date(clock.now());
  const [event] = await rows(
    `insert into realtime_events (type, tenant_id, title, message, priority, scheduled_at, delivery_mode, status, sent_at, expires_at)
     values ($1, $2, 't', 'm', $3, $4, 'person', 'sent', $4, $5) returning id`,
    [type, greenfield, priority, now, expiresAt],
  );
  await rows(
    `insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method, max_attempts, next_attempt_at, sent_at, expires_at)
     values ($1, $2, $3, 'sent', $4, $5, 3, $6, $6, $7)`,
    [event?.['id'], joseph.userId, greenfield, rankOf(priority), method, now, expiresAt],
  );
  return String(event?.['id']);
}

/** Joseph, whom every method reaches, at this time. */
export async function startPlanning(at: string): Promise<Subject> {
  const subject = await startTracking();
  const { rows, clock } = subject;
  clock.step(Date.parse(at) - clock.now());
  // Every method is open to every type and priority.
  await rows('update realtime_event_types set escalation = null');
  await rows(
    `insert into realtime_devices (token, user_id, platform, seen_at) values ('t', $1, 'android', now())`,
    [joseph.userId],
  );
  await rows(
    `insert into realtime_contacts (user_id, phone, email, updated_at) values ($1, '+254722000001', 'joseph@home.example', now())`,
    [joseph.userId],
  );
  return subject;
}

/** When the delivery of an event leaves, and how. */
export async function plannedOf({ rows }: Pick<Subject, 'rows'>, eventId: string) {
  const [row] = await rows(
    'select next_attempt_at, planned_method, in_digest from realtime_event_deliveries where event_id = $1',
    [eventId],
  );
  return {
    at: row?.['next_attempt_at'],
    method: row?.['planned_method'],
    inDigest: row?.['in_digest'],
  };
}
