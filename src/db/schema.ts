import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  json,
  jsonb,
  primaryKey,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import { publicTable } from './public-table.ts';

/** The head of every channel. Its row lock is what makes offsets gapless and equal to commit order (R2). */
export const realtimeChannels = publicTable(
  'realtime_channels',
  {
    name: text().primaryKey(),
    epoch: text().notNull(),
    lastOffset: bigint('last_offset', { mode: 'number' }).notNull().default(0),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  // The index is of the name alone, so that bumping a counter touches no index.
  (table) => [index('realtime_channels_namespace_idx').on(sql`split_part(${table.name}, ':', 1)`)],
);

/** Channels that were read before anything was published on them, until they are used or forgotten. */
export const realtimeChannelOpenings = publicTable(
  'realtime_channel_openings',
  {
    name: text().primaryKey(),
    openedAt: timestamp('opened_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('realtime_channel_openings_age_idx').on(table.openedAt)],
);

/** One row: which database this is, as it was when the row was written. A copy of it elsewhere shows by that. */
export const realtimeCluster = publicTable('realtime_cluster', {
  /** Always 1. */
  id: integer().primaryKey(),
  /** By name, what tells databases apart. */
  facts: jsonb().$type<Record<string, string>>().notNull(),
  /** The number of the transaction that wrote the row. */
  written: text().notNull(),
  /** The facts of a renewal of all epochs that is under way, and the last name that it reached. */
  pending: jsonb().$type<Record<string, string>>(),
  renewedTo: text('renewed_to').notNull().default(''),
  changedAt: timestamp('changed_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
});

/** The log. */
export const realtimePublications = publicTable(
  'realtime_publications',
  {
    channel: text().notNull(),
    offset: bigint({ mode: 'number' }).notNull(),
    id: text().notNull(),
    type: text().notNull(),
    eventType: text('event_type'),
    // `json` keeps the text as it came; `jsonb` would reorder keys and refuse \u0000.
    data: json().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
    sourceUserId: text('source_user_id'),
    // `user:<id>` or `session:<id>` who does not get it.
    exclude: text(),
  },
  (table) => [
    primaryKey({ columns: [table.channel, table.offset] }),
    index('realtime_publications_age_idx').on(sql`split_part(${table.channel}, ':', 1)`, table.createdAt),
  ],
);

/**
 * The result under an idempotency key, which outlives the publication it names. A key of a publication is of its channel
 * and names its place; a key of a request has the scope of the request in `channel` and holds its answer.
 */
export const realtimeIdempotencyKeys = publicTable(
  'realtime_idempotency_keys',
  {
    channel: text().notNull(),
    key: text().notNull(),
    epoch: text(),
    offset: bigint({ mode: 'number' }),
    id: text(),
    // The hash of the content that came with the key; null in rows of servers that did not compare.
    contentHash: text('content_hash'),
    answer: json(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channel, table.key] }),
    index('realtime_idempotency_keys_age_idx').on(table.createdAt),
  ],
);

const dropped = {
  channel: text().notNull(),
  type: text().notNull(),
  eventType: text('event_type'),
  data: json().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
};

/** Publications that transactions leave without a lock; the relay moves committed ones into the log. */
export const realtimeOutbox = publicTable('realtime_outbox', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  ...dropped,
});

/** The namespaces that any process of the deployment has, and when one last said so. */
export const realtimeNamespaces = publicTable('realtime_namespaces', {
  name: text().primaryKey(),
  /** The number of segments in the log, without the namespace itself. */
  segments: integer().notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
});

/** Publications that no log can take, found by the relay in the outbox or by a trigger in a row. */
export const realtimeDeadLetters = publicTable(
  'realtime_dead_letters',
  {
    id: bigint({ mode: 'number' }).primaryKey(),
    ...dropped,
    reason: text().notNull(),
    /** Whether a relay has written a line about it in its log. */
    isReported: boolean('is_reported').notNull().default(true),
  },
  (table) => [index('realtime_dead_letters_unreported_idx').on(table.id).where(sql`not ${table.isReported}`)],
);

/** The users of each channel, and their number of sessions in each process. */
export const realtimePresence = publicTable(
  'realtime_presence',
  {
    channel: text().notNull(),
    userId: text('user_id').notNull(),
    role: text().notNull(),
    /** By id of the process, numbers above zero. */
    counts: jsonb().$type<Record<string, number>>().notNull(),
    joinedAt: timestamp('joined_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.channel, table.userId] })],
);

/** The leases under which processes hold their rows of `realtime_presence`. */
export const realtimeProcesses = publicTable('realtime_processes', {
  id: text().primaryKey(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
});

/** The lives of the processes of the deployment, those of the last week. */
export const realtimeProcessRuns = publicTable(
  'realtime_process_runs',
  {
    id: text().primaryKey(),
    startedAt: timestamp('started_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
    /** Written every minute, by a process that serves nobody less often. */
    seenAt: timestamp('seen_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
    /** Null while it runs, and of one that ended without a word. */
    endedAt: timestamp('ended_at', { withTimezone: true }),
    /** Since then it serves nobody and says nothing; null while it is awake. */
    asleepAt: timestamp('asleep_at', { withTimezone: true }),
    version: text().notNull(),
    host: text().notNull(),
    pid: integer().notNull(),
  },
  (table) => [index('realtime_process_runs_seen_idx').on(table.seenAt)],
);

/** The last known position of people who have gone, by device and channel. */
export const realtimePositions = publicTable(
  'realtime_positions',
  {
    channel: text().notNull(),
    userId: text('user_id').notNull(),
    /** Empty for devices that do not name themselves; `polling` for polls. */
    deviceId: text('device_id').notNull(),
    epoch: text().notNull(),
    offset: bigint({ mode: 'number' }).notNull(),
    transport: text().notNull(),
    /** When it was last connected. */
    seenAt: timestamp('seen_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channel, table.userId, table.deviceId] }),
    index('realtime_positions_user_idx').on(table.userId),
    index('realtime_positions_age_idx').on(table.seenAt),
  ],
);

/** Tokens of the user that were issued before are refused. */
export const realtimeRevocations = publicTable('realtime_revocations', {
  userId: text('user_id').primaryKey(),
  revokedAt: timestamp('revoked_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
});

/** Named leases. A row stays when its lease is free, so that tokens only grow. */
export const realtimeLeases = publicTable(
  'realtime_leases',
  {
    name: text().primaryKey(),
    /** The token of the present or the last holder; the first is 1. */
    token: bigint({ mode: 'number' }).notNull().default(0),
    userId: text('user_id'),
    sessionId: text('session_id'),
    expiresAt: timestamp('expires_at', { withTimezone: true }),
  },
  (table) => [
    index('realtime_leases_session_idx').on(table.sessionId),
    index('realtime_leases_expiry_idx').on(table.expiresAt),
  ],
);

/** The queue of a lease, in the order of `id`. */
export const realtimeLeaseWaiters = publicTable(
  'realtime_lease_waiters',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    name: text().notNull(),
    userId: text('user_id').notNull(),
    sessionId: text('session_id').notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    unique('realtime_lease_waiters_place').on(table.name, table.userId, table.sessionId),
    index('realtime_lease_waiters_session_idx').on(table.sessionId),
  ],
);

/**
 * The kinds of notifications that users have muted, in each personal namespace; an empty kind stands for all of them.
 */
export const realtimeMutes = publicTable(
  'realtime_mutes',
  {
    userId: text('user_id').notNull(),
    namespace: text().notNull(),
    kind: text().notNull(),
    mutedAt: timestamp('muted_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.userId, table.namespace, table.kind] })],
);
