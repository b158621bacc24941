import { sql } from 'drizzle-orm';
import { date, index, integer, primaryKey, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { realtimeDeliveryAttempts } from './attempts.ts';
import { createdAt, instant, oneOf } from './columns.ts';

/** Phone numbers whose owners opted out; the number stays here when it is another person's. */
export const realtimeSmsStops = publicTable('realtime_sms_stops', {
  phone: text('phone').primaryKey(),
  createdAt: createdAt(),
});

/**
 * The messages by which people opted out or in, by the id of the provider and by the signature of the callback. Kept for
 * good: the signature tells no time, so it is taken again as long as the key is the same.
 */
export const realtimeSmsWishes = publicTable('realtime_sms_wishes', {
  messageId: text('message_id').primaryKey(),
  createdAt: createdAt(),
});

/** The number of SMS of a day (UTC), of each person and, under an empty user id, of all. */
export const realtimeSmsCounts = publicTable(
  'realtime_sms_counts',
  {
    day: date('day').notNull(),
    userId: text('user_id').notNull(),
    count: integer('count').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.userId] })],
);

export const smsJobStatuses = ['queued', 'taken', 'sent', 'delivered', 'failed', 'cancelled'] as const;

/** SMS that the phones of officers send. */
export const realtimeSmsJobs = publicTable(
  'realtime_sms_jobs',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    attemptId: uuid('attempt_id')
      .notNull()
      .references(() => realtimeDeliveryAttempts.id, { onDelete: 'cascade' }),
    eventId: uuid('event_id').notNull(),
    userId: text('user_id').notNull(),
    /** The tenant whose phones send it. */
    tenantId: text('tenant_id').notNull(),
    phone: text('phone').notNull(),
    body: text('body').notNull(),
    priorityRank: smallint('priority_rank').notNull(),
    status: text('status', { enum: smsJobStatuses }).notNull().default('queued'),
    /** The phone that has it in hand, and how many had. */
    gateway: text('gateway'),
    takes: smallint('takes').notNull().default(0),
    /** Until then somebody may take it. */
    expiresAt: instant('expires_at').notNull(),
    /** The end of the lease of a job in hand, or of a job that nobody took; null when nothing is awaited. */
    dueAt: instant('due_at'),
    error: text('error'),
    createdAt: createdAt(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    oneOf('realtime_sms_jobs_status', table.status, smsJobStatuses),
    // The repetition of an attempt after a crash finds the job of the first.
    uniqueIndex('realtime_sms_jobs_delivery_key')
      .on(table.eventId, table.userId)
      .where(sql`${table.status} <> 'failed'`),
    index('realtime_sms_jobs_attempt_idx').on(table.attemptId),
    index('realtime_sms_jobs_queue_idx')
      .on(table.tenantId, table.priorityRank.desc().nullsFirst(), table.createdAt)
      .where(sql`${table.status} = 'queued'`),
    index('realtime_sms_jobs_due_idx').on(table.dueAt).where(sql`${table.dueAt} is not null`),
  ],
);
