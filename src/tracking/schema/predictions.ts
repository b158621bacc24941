import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  date,
  doublePrecision,
  index,
  jsonb,
  primaryKey,
  smallint,
  text,
} from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { instant } from './columns.ts';

/** From Monday 00:00 by the clock of the person. */
const hourOfWeek = () => smallint('hour_of_week').notNull();
/** The share that is left of old ones makes them fractions. */
const tallies = () => ({
  sent: doublePrecision('sent').notNull(),
  /** Within the hour after they were sent. */
  read: doublePrecision('read').notNull(),
  /** The last day on which there was something to count. */
  learnedOn: date('learned_on').notNull(),
});

/** The messages to a person by a method, by the hour of the week in which they were sent. */
export const realtimeReadingHours = publicTable(
  'realtime_reading_hours',
  {
    userId: text('user_id').notNull(),
    method: text('method').notNull(),
    hourOfWeek: hourOfWeek(),
    ...tallies(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.method, table.hourOfWeek] }),
    check('realtime_reading_hours_hour', sql`${table.hourOfWeek} between 0 and 167`),
    index('realtime_reading_hours_age_idx').on(table.learnedOn),
  ],
);

/** The same of all people of a role at a tenant, whose id is empty for events of none. */
export const realtimeReadingGroups = publicTable(
  'realtime_reading_groups',
  {
    tenantId: text('tenant_id').notNull(),
    method: text('method').notNull(),
    role: text('role').notNull(),
    hourOfWeek: hourOfWeek(),
    ...tallies(),
    /** The hours until those were read that were not read within the hour, each at most a day. */
    lateHours: doublePrecision('late_hours').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.method, table.role, table.hourOfWeek] }),
    check('realtime_reading_groups_hour', sql`${table.hourOfWeek} between 0 and 167`),
    index('realtime_reading_groups_age_idx').on(table.learnedOn),
  ],
);

/** The progress of learning, and the weights of the priority score: one row. */
export const realtimePredictions = publicTable('realtime_predictions', {
  name: text('name').primaryKey(),
  /** Attempts that began until then were learned from. */
  learnedUntil: instant('learned_until').notNull(),
  /** The number of messages that were learned from. */
  learned: bigint('learned', { mode: 'number' }).notNull(),
  weights: jsonb('weights')
    .$type<Readonly<Record<string, { readonly weight: number; readonly squares: number }>>>()
    .notNull(),
});
