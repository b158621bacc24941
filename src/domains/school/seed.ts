import type { Drizzle } from '../../db/connection/open.ts';
import type { DemoPerson } from '../../extension/addresses.ts';
import type { SchoolRole } from './roles.ts';
import { directorAccess, schools, users } from './schema.ts';

const person = (id: string, name: string, role: SchoolRole, schoolId: string | null) => ({
  id,
  name,
  role,
  schoolId,
});

const demoUsers = [
  person('director-1', 'Amina Otieno', 'school_director', null),
  person('director-2', 'Paul Mwangi', 'school_director', null),
  person('admin-1', 'Grace Njeri', 'super_admin', null),
  person('principal-1', 'Ruth Kamau', 'principal', 'school-uuid'),
  person('finance-1', 'Daniel Ouma', 'finance_manager', 'school-uuid'),
  person('user-uuid', 'Esther Wanjiku', 'teacher', 'school-uuid'),
  person('user1-uuid', 'Joseph Kiptoo', 'parent', 'school-uuid'),
  person('user2-uuid', 'Mary Achieng', 'parent', 'school-uuid'),
  person('student-1', 'Brian Kiptoo', 'student', 'school-uuid'),
  person('student-2', 'Faith Achieng', 'student', 'school-uuid'),
  person('principal-2', 'Samuel Kariuki', 'principal', 'school-2'),
  person('finance-2', 'Lydia Chebet', 'finance_manager', 'school-2'),
  person('teacher-2', 'Peter Omondi', 'teacher', 'school-2'),
  person('parent-2', 'Jane Wambui', 'parent', 'school-2'),
  person('student-3', 'Kevin Wambui', 'student', 'school-2'),
];

/** The demo rows of `users`, as people who sign in; directors have the schools of their access. */
export const schoolPeople: readonly DemoPerson[] = demoUsers.map(({ id, name, role, schoolId }) => ({
  userId: id,
  role,
  name,
  tenants: schoolId === null ? [] : [schoolId],
}));

/** Demo schools and people, with the ids that the team's own examples use. Existing rows stay as they are. */
export async function seedSchool(db: Drizzle): Promise<void> {
  await db
    .insert(schools)
    .values([
      { id: 'school-uuid', name: 'Greenfield Academy' },
      { id: 'school-2', name: 'Riverside School' },
    ])
    .onConflictDoNothing();
  await db
    .insert(users)
    .values([...demoUsers])
    .onConflictDoNothing();
  await db
    .insert(directorAccess)
    .values([
      { userId: 'director-1', schoolId: 'school-uuid' },
      { userId: 'director-1', schoolId: 'school-2' },
      { userId: 'director-2', schoolId: 'school-2' },
    ])
    .onConflictDoNothing();
}
