import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { type AcknowledgementKind, deliveryStatuses } from '../statuses.ts';
import { createdAt, instant, oneOf, texts } from './columns.ts';
import { realtimeEvents } from './events.ts';

/** When each device of the person said what, by its id. */
export type DeviceAcknowledgements = Readonly<
  Record<string, { readonly [kind in AcknowledgementKind]?: string }>
>;

export const realtimeEventDeliveries = publicTable(
  'realtime_event_deliveries',
  {
    eventId: uuid('event_id')
      .notNull()
      .references(() => realtimeEvents.id, { onDelete: 'cascade' }),
    userId: text('user_id').notNull(),
    /** The tenant of the event. */
    tenantId: text('tenant_id'),
    status: text('status', { enum: deliveryStatuses }).notNull(),
    /** 1 for low to 5 for critical. */
    priorityRank: smallint('priority_rank').notNull(),
    /** `channel` where the person reads by position and only said what became of it. */
    method: text('method').notNull().default('websocket'),
    /** By the present method; by `websocket`, those that somebody was connected for. */
    attempts: smallint('attempts').notNull().default(0),
    /** Copied from type and event when it is written: the search for due deliveries reads this table alone. */
    maxAttempts: smallint('max_attempts').notNull().default(1),
    expiresAt: instant('expires_at'),
    /** When it is due, or passed on to the next method; null when nothing of that is awaited any more. */
    nextAttemptAt: instant('next_attempt_at'),
    /** Nobody was connected when it was due by `websocket`: the next connection of the person gets it. */
    awaitsConnection: boolean('awaits_connection').notNull().default(false),
    /** Whether its type escalates events of its priority. */
    escalates: boolean('escalates').notNull().default(false),
    /** When the next method has its turn, unless it was read. */
    escalatesAt: instant('escalates_at'),
    /** The number of times it went on because it was not read. */
    escalations: smallint('escalations').notNull().default(0),
    /** Its next attempt is a digest. */
    inDigest: boolean('in_digest').notNull().default(false),
    /** The method whose time was chosen by when its person reads. */
    plannedMethod: text('planned_method'),
    /** The methods that reading it made unnecessary. */
    spared: texts('spared'),
    /** A position of the person's channel shortly before the last publication of it; null until there is one. */
    channelEpoch: text('channel_epoch'),
    channelOffset: bigint('channel_offset', { mode: 'number' }),
    /** Connected when it was sent, where every one of them is awaited. */
    expectedDevices: texts('expected_devices'),
    deviceAcks: jsonb('device_acks').$type<DeviceAcknowledgements>().notNull().default({}),
    lastError: text('last_error'),
    createdAt: createdAt(),
    sentAt: instant('sent_at'),
    deliveredAt: instant('delivered_at'),
    readAt: instant('read_at'),
    acknowledgedAt: instant('acknowledged_at'),
    failedAt: instant('failed_at'),
    expiredAt: instant('expired_at'),
    cancelledAt: instant('cancelled_at'),
    /** The view of the person alone, of which no author and no escalation takes notice. In a list before they looked into it. */
    seenAt: instant('seen_at'),
    /** Marked as unread after it was read; null again once it is read. */
    unreadAt: instant('unread_at'),
    /** Put away. What is archived is read. */
    archivedAt: instant('archived_at'),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.userId] }),
    oneOf('realtime_event_deliveries_status', table.status, deliveryStatuses),
    check('realtime_event_deliveries_priority', sql`${table.priorityRank} between 1 and 5`),
    index('realtime_event_deliveries_inbox_idx').on(table.userId, table.sentAt, table.eventId),
    index('realtime_event_deliveries_unread_idx')
      .on(table.userId)
      .where(sql`${table.status} in ('sent', 'delivered', 'failed')`),
    index('realtime_event_deliveries_marked_idx').on(table.userId).where(sql`${table.unreadAt} is not null`),
    index('realtime_event_deliveries_due_idx')
      .on(table.priorityRank, table.nextAttemptAt)
      .where(sql`${table.nextAttemptAt} is not null`),
    index('realtime_event_deliveries_escalating_idx')
      .on(table.escalatesAt)
      .where(sql`${table.escalatesAt} is not null`),
    index('realtime_event_deliveries_digest_idx').on(table.nextAttemptAt).where(sql`${table.inDigest}`),
    index('realtime_event_deliveries_awaiting_idx').on(table.userId).where(sql`${table.awaitsConnection}`),
    index('realtime_event_deliveries_tenant_idx').on(table.tenantId, table.createdAt),
    index('realtime_event_deliveries_age_idx').using('brin', table.createdAt),
    // Analytics asks who read in a period; unlike a tree, it costs a reading next to nothing.
    index('realtime_event_deliveries_signs_idx').using('brin', table.readAt, table.acknowledgedAt),
  ],
);

/** The number of a person's unread deliveries. The version grows with every change. */
export const realtimeUnreadCounts = publicTable('realtime_unread_counts', {
  userId: text('user_id').primaryKey(),
  count: integer('count').notNull(),
  version: bigint('version', { mode: 'number' }).notNull(),
});
