import { sql } from 'drizzle-orm';
import { boolean, check, index, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';
import { chatTables } from '../../chat/tables.ts';
import { createdAt, instant, oneOf } from '../../tracking/schema/columns.ts';
import { visibilities } from './groups/model.ts';
import { type SchoolRole, schoolRoles } from './roles.ts';

export const school = pgSchema('school');

export const schools = school.table('schools', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
});

export const users = school.table(
  'users',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    role: text('role').$type<SchoolRole>().notNull(),
    /** Null for those of no school or, by `director_access`, of several. */
    schoolId: text('school_id').references(() => schools.id),
    isActive: boolean('is_active').notNull().default(true),
  },
  (table) => [
    check(
      'users_role_check',
      sql`${table.role} in (${sql.raw(schoolRoles.map((role) => `'${role}'`).join(', '))})`,
    ),
    check(
      'users_school_check',
      sql`(${table.schoolId} is null) = (${table.role} in ('school_director', 'super_admin'))`,
    ),
    index('users_school_role_idx').on(table.schoolId, table.role),
  ],
);

/** Which schools a director directs. */
export const directorAccess = school.table(
  'director_access',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    schoolId: text('school_id')
      .notNull()
      .references(() => schools.id),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.schoolId] }),
    index('director_access_school_idx').on(table.schoolId),
  ],
);

/** Group channels. Their members are in `realtime_channel_subscriptions`, their heads in `realtime_channels`. */
export const channels = school.table(
  'channels',
  {
    channelId: text('id').primaryKey().default(sql`gen_random_uuid()::text`),
    schoolId: text('school_id')
      .notNull()
      .references(() => schools.id),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    visibility: text('visibility', { enum: visibilities }).notNull().default('open'),
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
    archivedAt: instant('archived_at'),
  },
  (table) => [
    oneOf('channels_visibility', table.visibility, visibilities),
    index('channels_school_idx').on(table.schoolId, table.createdAt, table.channelId),
  ],
);

export const groupChat = chatTables({
  schema: school,
  prefix: 'channel_',
  noun: 'channel',
  conversation: () => channels.channelId,
});
export const {
  messages: channelMessages,
  reactions: channelReactions,
  receipts: channelReceipts,
} = groupChat;
