import { sql } from 'drizzle-orm';
import { boolean, check, index, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';
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
