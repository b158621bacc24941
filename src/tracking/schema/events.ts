import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  json,
  jsonb,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import {
  awaitedAcknowledgements,
  deliveryModes,
  type Escalation,
  eventStatuses,
  priorities,
} from '../statuses.ts';
import { createdAt, instant, oneOf, texts } from './columns.ts';

/** The types of events: texts, the acknowledgement that is awaited, and the roles that may raise them. */
export const realtimeEventTypes = publicTable(
  'realtime_event_types',
  {
    name: text('name').primaryKey(),
    description: text('description').notNull().default(''),
    /** Plain text with `{name}` for values of the payload. */
    titleTemplate: text('title_template').notNull(),
    messageTemplate: text('message_template').notNull(),
    priority: text('priority', { enum: priorities }).notNull().default('normal'),
    acknowledgement: text('acknowledgement', { enum: awaitedAcknowledgements }).notNull().default('none'),
    /** Until it is sent the second time; doubled each time after. */
    retryIntervalMs: integer('retry_interval_ms').notNull().default(30_000),
    /** Times it is sent by one method. */
    maxAttempts: smallint('max_attempts').notNull().default(3),
    /** The ways to the person, tried in this order. */
    methods: text('methods').array().notNull().default(sql`'{websocket}'`),
    /** By method, after how long unread it has its turn; null: only where the method before fails. */
    escalation: jsonb('escalation').$type<Escalation>(),
    /** When its events expire that do not say. */
    lifetimeMs: bigint('lifetime_ms', { mode: 'number' }),
    /** Roles of people who may raise it themselves; the service always may. */
    sourceRoles: texts('source_roles'),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: createdAt(),
  },
  (table) => [
    oneOf('realtime_event_types_priority', table.priority, priorities),
    oneOf('realtime_event_types_acknowledgement', table.acknowledgement, awaitedAcknowledgements),
    check('realtime_event_types_name', sql`${table.name} ~ '^[a-z][a-z0-9_]{0,99}$'`),
    check('realtime_event_types_retry', sql`${table.retryIntervalMs} > 0 and ${table.maxAttempts} > 0`),
    check('realtime_event_types_methods', sql`cardinality(${table.methods}) > 0`),
  ],
);

export const realtimeEvents = publicTable(
  'realtime_events',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    type: text('type')
      .notNull()
      .references(() => realtimeEventTypes.name),
    /** Null: of no tenant, from the system. */
    tenantId: text('tenant_id'),
    sourceUserId: text('source_user_id'),
    targetUserIds: texts('target_user_ids'),
    targetRoles: texts('target_roles'),
    targetTenantIds: texts('target_tenant_ids'),
    excludedUserIds: texts('excluded_user_ids'),
    title: text('title').notNull(),
    message: text('message').notNull(),
    /** `json` keeps the text as it came; `jsonb` would refuse \u0000. */
    payload: json('payload').$type<Readonly<Record<string, unknown>>>().notNull().default({}),
    priority: text('priority', { enum: priorities }).notNull(),
    /** Not to be sent before. */
    scheduledAt: instant('scheduled_at').notNull(),
    expiresAt: instant('expires_at'),
    actionUrl: text('action_url'),
    correlationId: text('correlation_id'),
    idempotencyKey: text('idempotency_key'),
    deliveryMode: text('delivery_mode', { enum: deliveryModes }).notNull(),
    /** The number of recipients it was written for; null where it is read by position. */
    recipients: integer('recipients'),
    status: text('status', { enum: eventStatuses }).notNull().default('pending'),
    sentAt: instant('sent_at'),
    /** Its place in the channel of the tenant, where it is read by position. */
    channelEpoch: text('channel_epoch'),
    channelOffset: bigint('channel_offset', { mode: 'number' }),
    createdAt: createdAt(),
  },
  (table) => [
    oneOf('realtime_events_priority', table.priority, priorities),
    oneOf('realtime_events_mode', table.deliveryMode, deliveryModes),
    oneOf('realtime_events_status', table.status, eventStatuses),
    check('realtime_events_expiry', sql`${table.expiresAt} > ${table.scheduledAt}`),
    uniqueIndex('realtime_events_idempotency_key')
      .on(
        sql`coalesce(${table.tenantId}, '')`,
        sql`coalesce(${table.sourceUserId}, '')`,
        table.idempotencyKey,
      )
      .where(sql`${table.idempotencyKey} is not null`),
    index('realtime_events_correlation_idx').on(table.correlationId),
    index('realtime_events_tenant_idx').on(table.tenantId, table.createdAt),
    index('realtime_events_age_idx').on(table.createdAt),
    index('realtime_events_announced_idx')
      .on(table.tenantId, table.sentAt)
      .where(sql`${table.deliveryMode} = 'channel'`),
    index('realtime_events_waiting_idx')
      .on(table.scheduledAt)
      .where(sql`${table.deliveryMode} = 'channel' and ${table.status} = 'pending'`),
    index('realtime_events_expiry_idx')
      .on(table.expiresAt)
      .where(sql`${table.status} in ('pending', 'sent')`),
  ],
);
