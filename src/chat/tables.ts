import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  customType,
  foreignKey,
  index,
  json,
  type PgSchema,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Attachment } from './model.ts';

export type ChatTables = ReturnType<typeof chatTables>;

interface Names {
  /** The domain's own schema. */
  readonly schema: PgSchema;
  /** Before the names of the tables. */
  readonly prefix?: string;
  /** The noun names the subject of the conversations: `case` makes the column `case_id`. */
  readonly noun: string;
  /** The key of a conversation. */
  readonly conversation: () => AnyPgColumn;
}

/** ISO 8601 with milliseconds, as it stands on the wire. */
const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
});
const now = sql`clock_timestamp()`;

/** The tables of a domain's chats: one conversation for each row of a table of the domain. */
export function chatTables({ schema, prefix = '', noun, conversation }: Names) {
  const column = `${noun}_id`;
  const messages = schema.table(
    `${prefix}messages`,
    {
      messageId: uuid('id').primaryKey().defaultRandom(),
      /** Order of the pages of history. */
      seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
      conversationId: text(column).notNull().references(conversation),
      authorId: text('author_id').notNull(),
      authorRole: text('author_role').notNull(),
      body: text('body').notNull(),
      replyTo: uuid('reply_to'),
      attachments: json('attachments').$type<readonly Attachment[]>().notNull().default([]),
      createdAt: instant('created_at').notNull().default(now),
      editedAt: instant('edited_at'),
      deletedAt: instant('deleted_at'),
    },
    (table) => [
      // A reply and a receipt refer to a message of the same conversation.
      unique(`${prefix}messages_of_${noun}`).on(table.conversationId, table.messageId),
      foreignKey({
        name: `${prefix}messages_reply_in_${noun}`,
        columns: [table.conversationId, table.replyTo],
        foreignColumns: [table.conversationId, table.messageId],
      }),
      index(`${prefix}messages_history_idx`).on(table.conversationId, table.seq),
      index(`${prefix}messages_thread_idx`).on(table.replyTo),
    ],
  );
  const reactions = schema.table(
    `${prefix}reactions`,
    {
      messageId: uuid('message_id')
        .notNull()
        .references(() => messages.messageId),
      userId: text('user_id').notNull(),
      emoji: text('emoji').notNull(),
      createdAt: instant('created_at').notNull().default(now),
    },
    (table) => [primaryKey({ columns: [table.messageId, table.userId, table.emoji] })],
  );
  /** Up to which message each user has read a conversation. */
  const receipts = schema.table(
    `${prefix}receipts`,
    {
      conversationId: text(column).notNull(),
      userId: text('user_id').notNull(),
      messageId: uuid('message_id').notNull(),
      seq: bigint('seq', { mode: 'number' }).notNull(),
      readAt: instant('read_at').notNull().default(now),
    },
    (table) => [
      primaryKey({ columns: [table.conversationId, table.userId] }),
      foreignKey({
        name: `${prefix}receipts_message_in_${noun}`,
        columns: [table.conversationId, table.messageId],
        foreignColumns: [messages.conversationId, messages.messageId],
      }),
    ],
  );
  return { messages, reactions, receipts };
}
