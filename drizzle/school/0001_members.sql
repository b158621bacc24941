-- Who belongs where, as src/tracking asks for it: a row for each person and school, and one without a school for those
-- who belong to none. `addressed`: what goes to the people of the school goes to them; `supervises`: they see all of it.
CREATE VIEW school.members AS
  SELECT id AS user_id, role, school_id AS tenant_id, true AS addressed, role = 'principal' AS supervises
  FROM school.users WHERE is_active AND school_id IS NOT NULL
  UNION ALL
  SELECT u.id, u.role, a.school_id, true, true
  FROM school.users u JOIN school.director_access a ON a.user_id = u.id
  WHERE u.is_active AND u.role = 'school_director'
  UNION ALL
  SELECT id, role, NULL, true, false FROM school.users WHERE is_active AND role = 'super_admin'
  UNION ALL
  SELECT u.id, u.role, s.id, false, true FROM school.users u CROSS JOIN school.schools s
  WHERE u.is_active AND u.role = 'super_admin';
--> statement-breakpoint
GRANT USAGE ON SCHEMA school TO tambuli_app;
--> statement-breakpoint
GRANT SELECT ON school.members TO tambuli_app;
