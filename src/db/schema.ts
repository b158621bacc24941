import { bigint, json, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** The head of every channel. Its row lock is what makes offsets gapless and equal to commit order (R2). */
export const realtimeChannels = pgTable('realtime_channels', {
  name: text().primaryKey(),
  epoch: text().notNull(),
  lastOffset: bigint('last_offset', { mode: 'number' }).notNull().default(0),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

/** The log. */
export const realtimePublications = pgTable(
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
  },
  (table) => [primaryKey({ columns: [table.channel, table.offset] })],
);
