import { sql } from 'drizzle-orm';
import { bigint, check, doublePrecision, index, integer, primaryKey, text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { createdAt, instant, oneOf } from './columns.ts';

export const activityKinds = ['page_view', 'click', 'duration', 'interaction'] as const;

/** Activity of people, reported by their devices. */
export const realtimeUserActivity = publicTable(
  'realtime_user_activity',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    userId: text('user_id').notNull(),
    tenantId: text('tenant_id'),
    connectionId: text('connection_id'),
    kind: text('kind', { enum: activityKinds }).notNull(),
    page: text('page').notNull(),
    target: text('target'),
    durationMs: integer('duration_ms'),
    /** By the clock of the device. */
    occurredAt: instant('occurred_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    oneOf('realtime_user_activity_kind', table.kind, activityKinds),
    check('realtime_user_activity_duration', sql`${table.durationMs} >= 0`),
    index('realtime_user_activity_user_idx').on(table.userId, table.createdAt),
    index('realtime_user_activity_tenant_idx').on(table.tenantId, table.createdAt),
    index('realtime_user_activity_age_idx').using('brin', table.createdAt),
  ],
);

/** One row for each minute, process and measure. */
export const realtimeSystemMetrics = publicTable(
  'realtime_system_metrics',
  {
    minute: instant('minute').notNull(),
    processId: text('process_id').notNull(),
    name: text('name').notNull(),
    /** The sum of a counter in the minute, the largest value of a gauge, or the number of values of a distribution. */
    value: doublePrecision('value').notNull(),
    /** Percentiles of a distribution; null for the others. */
    p50: doublePrecision('p50'),
    p95: doublePrecision('p95'),
    p99: doublePrecision('p99'),
    max: doublePrecision('max'),
    /** The whole distribution as its library writes it, so that minutes and processes can be merged. */
    histogram: text('histogram'),
  },
  (table) => [
    primaryKey({ columns: [table.minute, table.processId, table.name] }),
    index('realtime_system_metrics_name_idx').on(table.name, table.minute),
  ],
);
