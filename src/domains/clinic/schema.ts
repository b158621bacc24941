import { sql } from 'drizzle-orm';
import { customType, index, integer, pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import { chatTables } from '../../chat/tables.ts';
import type { Case, Review } from './model.ts';

export const clinic = pgSchema('clinic');

/** ISO 8601 with milliseconds, as it stands on the wire. */
const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
});
const now = sql`clock_timestamp()`;

export const cases = clinic.table(
  'cases',
  {
    caseId: text('id').primaryKey().default(sql`gen_random_uuid()::text`),
    status: text('status').$type<Case['status']>().notNull().default('NEW'),
    version: integer('version').notNull().default(1),
    workerId: text('worker_id').notNull(),
    /** The clinician in charge; null leaves the case to all clinicians. */
    clinicianId: text('clinician_id'),
    patientName: text('patient_name').notNull(),
    complaint: text('complaint').notNull(),
    village: text('village'),
    priority: text('priority').$type<Case['priority']>().notNull().default('routine'),
    updatedBy: text('updated_by').notNull(),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (table) => [
    index('cases_updated_idx').on(table.updatedAt),
    index('cases_worker_idx').on(table.workerId, table.updatedAt),
  ],
);

export const reviews = clinic.table(
  'reviews',
  {
    reviewId: uuid('id').primaryKey().defaultRandom(),
    caseId: text('case_id')
      .notNull()
      .references(() => cases.caseId),
    clinicianId: text('clinician_id').notNull(),
    assessment: text('assessment').notNull(),
    advice: text('advice'),
    /** The status that the review gave the case. */
    status: text('status').$type<Review['status']>().notNull(),
    createdAt: instant('created_at').notNull().default(now),
  },
  (table) => [index('reviews_case_idx').on(table.caseId, table.createdAt)],
);

export const notifications = clinic.table(
  'notifications',
  {
    notificationId: uuid('id').primaryKey().defaultRandom(),
    userId: text('user_id').notNull(),
    title: text('title').notNull(),
    message: text('message').notNull(),
    caseId: text('case_id').references(() => cases.caseId),
    sentBy: text('sent_by').notNull(),
    readAt: instant('read_at'),
    createdAt: instant('created_at').notNull().default(now),
  },
  (table) => [
    index('notifications_user_idx').on(table.userId, table.createdAt),
    index('notifications_unread_idx').on(table.userId).where(sql`${table.readAt} is null`),
  ],
);

export const caseChat = chatTables({ schema: clinic, noun: 'case', conversation: () => cases.caseId });
export const { messages, reactions, receipts } = caseChat;
