-- A member of tambuli_app sees their own rows and those of the people of tenants they supervise; the service, and whoever
-- has nothing to do with that role, sees all. A barrier: no function of the reader is asked about rows that are hidden.
CREATE OR REPLACE VIEW school.members WITH (security_barrier) AS
  SELECT user_id, role, tenant_id, addressed, supervises FROM (
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
    WHERE u.is_active AND u.role = 'super_admin'
  ) everybody
  WHERE (SELECT has_table_privilege('public.realtime_channels', 'UPDATE') OR NOT pg_has_role('tambuli_app', 'USAGE'))
    OR (SELECT public.realtime_is_service())
    OR user_id = (SELECT public.realtime_user())
    OR tenant_id = ANY ((SELECT public.realtime_supervised())::text[]);
