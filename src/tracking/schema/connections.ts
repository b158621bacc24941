import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, primaryKey, real, text } from 'drizzle-orm/pg-core';
import { publicTable } from '../../db/public-table.ts';
import { realtimeChannels } from '../../db/schema.ts';
import { instant, oneOf } from './columns.ts';

export const deviceTypes = ['mobile', 'tablet', 'desktop', 'unknown'] as const;
export const memberRoles = ['owner', 'moderator', 'member'] as const;
export const connectionQualities = ['excellent', 'good', 'fair', 'poor'] as const;

/** Every live or ended session of a person, one for each device and transport. */
export const websocketConnections = publicTable(
  'websocket_connections',
  {
    /** The id of the session. */
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    role: text('role').notNull(),
    /** The tenant in whose context the session is. */
    tenantId: text('tenant_id'),
    transport: text('transport').notNull(),
    /** The same for all sessions of one device. */
    deviceId: text('device_id').notNull(),
    deviceType: text('device_type', { enum: deviceTypes }).notNull().default('unknown'),
    platform: text('platform'),
    /** The id of the process that has it. */
    processId: text('process_id').notNull(),
    connectedAt: instant('connected_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    latencyMs: real('latency_ms'),
    /** Pings without an answer, 0 to 1. */
    loss: real('loss'),
    quality: text('quality', { enum: connectionQualities }),
    /** Whether it is subscribed to the events of its person. */
    receivesEvents: boolean('receives_events').notNull().default(false),
    disconnectedAt: instant('disconnected_at'),
    disconnectReason: text('disconnect_reason'),
  },
  (table) => [
    oneOf('websocket_connections_device_type', table.deviceType, deviceTypes),
    oneOf('websocket_connections_quality', table.quality, connectionQualities),
    check('websocket_connections_loss', sql`${table.loss} between 0 and 1`),
    index('websocket_connections_open_idx').on(table.userId).where(sql`${table.disconnectedAt} is null`),
    index('websocket_connections_process_idx')
      .on(table.processId)
      .where(sql`${table.disconnectedAt} is null`),
    index('websocket_connections_stale_idx').on(table.lastSeenAt).where(sql`${table.disconnectedAt} is null`),
    index('websocket_connections_tenant_idx').on(table.tenantId, table.connectedAt),
    index('websocket_connections_ended_idx').on(table.disconnectedAt),
  ],
);

/** The subscriptions of people to channels, their read marks, and their membership. */
export const realtimeChannelSubscriptions = publicTable(
  'realtime_channel_subscriptions',
  {
    userId: text('user_id').notNull(),
    channel: text('channel')
      .notNull()
      .references(() => realtimeChannels.name, { onDelete: 'cascade' }),
    subscribedAt: instant('subscribed_at'),
    unsubscribedAt: instant('unsubscribed_at'),
    /** The person's role in a channel that has members, and its tenant; null in every other channel. */
    role: text('role', { enum: memberRoles }),
    tenantId: text('tenant_id'),
    /** Everything up to here counts as read. */
    readEpoch: text('read_epoch'),
    readOffset: bigint('read_offset', { mode: 'number' }).notNull().default(0),
    /** Everything up to here counts as seen. */
    seenEpoch: text('seen_epoch'),
    seenOffset: bigint('seen_offset', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.channel] }),
    oneOf('realtime_channel_subscriptions_role', table.role, memberRoles),
    check(
      'realtime_channel_subscriptions_member',
      sql`${table.role} is null or (${table.tenantId} is not null and ${table.subscribedAt} is not null)`,
    ),
    index('realtime_channel_subscriptions_channel_idx').on(table.channel),
    index('realtime_channel_subscriptions_member_idx')
      .on(table.channel, table.subscribedAt, table.userId)
      .where(sql`${table.role} is not null and ${table.unsubscribedAt} is null`),
  ],
);
