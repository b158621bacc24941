import { sql } from 'drizzle-orm';
import { bigint, index, integer, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { publicTable } from '../public-table.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** The files of channels. Their bytes lie in a FileStore, under the id. */
export const realtimeFiles = publicTable(
  'realtime_files',
  {
    id: uuid().primaryKey(),
    /** In the log. */
    channel: text().notNull(),
    /** The person who uploads it; null for a service. */
    ownerId: text('owner_id'),
    name: text().notNull(),
    mimeType: text('mime_type').notNull(),
    /** Bytes. */
    size: integer().notNull(),
    createdAt: instant('created_at').notNull().default(sql`clock_timestamp()`),
    /** The end of its upload link. */
    uploadUntil: instant('upload_until').notNull(),
    /** When the content was checked. */
    completedAt: instant('completed_at'),
    /** `message:<id>` or `publication:<id>`. */
    attachedTo: text('attached_to'),
    /** The offset of the publication that it is attached to. */
    publicationOffset: bigint('publication_offset', { mode: 'number' }),
    /** From then on nobody gets it; the bytes go with the next sweep. */
    removedAt: instant('removed_at'),
    /** When a sweep looks at it; null where there is nothing to look for. */
    dueAt: instant('due_at'),
  },
  (table) => [
    index('realtime_files_due_idx').on(table.dueAt).where(sql`${table.dueAt} is not null`),
    index('realtime_files_owner_idx').on(table.ownerId, table.createdAt),
    index('realtime_files_attached_idx')
      .on(table.channel, table.attachedTo)
      .where(sql`${table.attachedTo} is not null`),
  ],
);
