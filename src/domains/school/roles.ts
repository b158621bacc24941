export const schoolRoles = [
  'parent',
  'student',
  'teacher',
  'finance_manager',
  'principal',
  'school_director',
  'super_admin',
] as const;

export type SchoolRole = (typeof schoolRoles)[number];
