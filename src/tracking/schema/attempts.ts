import { sql } from 'drizzle-orm';
import { doublePrecision, foreignKey, index, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { attemptOutcomes, providerReports } from '../statuses.ts';
import { instant, oneOf } from './columns.ts';
import { realtimeEventDeliveries } from './deliveries.ts';

/** One row for each attempt to reach a person by another method than `websocket`. */
export const realtimeDeliveryAttempts = publicTable(
  'realtime_delivery_attempts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    eventId: uuid('event_id').notNull(),
    userId: text('user_id').notNull(),
    /** The tenant of the event. */
    tenantId: text('tenant_id'),
    method: text('method').notNull(),
    /** By this method, from 1; the same number again after a crash. */
    attempt: smallint('attempt').notNull(),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
    /** Null while it is under way, and where the process died before it knew. */
    outcome: text('outcome', { enum: attemptOutcomes }),
    error: text('error'),
    /** The id under which the provider knows the message. */
    providerId: text('provider_id'),
    report: text('report', { enum: providerReports }),
    reportedAt: instant('reported_at'),
    /** The parts that a provider charges for. */
    segments: smallint('segments'),
    cost: doublePrecision('cost'),
  },
  (table) => [
    foreignKey({
      name: 'realtime_delivery_attempts_delivery_fk',
      columns: [table.eventId, table.userId],
      foreignColumns: [realtimeEventDeliveries.eventId, realtimeEventDeliveries.userId],
    }).onDelete('cascade'),
    oneOf('realtime_delivery_attempts_outcome', table.outcome, attemptOutcomes),
    oneOf('realtime_delivery_attempts_report', table.report, providerReports),
    index('realtime_delivery_attempts_delivery_idx').on(table.eventId, table.userId, table.startedAt),
    index('realtime_delivery_attempts_started_idx').on(table.startedAt),
    index('realtime_delivery_attempts_provider_idx')
      .on(table.providerId)
      .where(sql`${table.providerId} is not null`),
  ],
);
