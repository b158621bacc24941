import { type SQL, sql } from 'drizzle-orm';

/** For statements: the role of a person at a tenant, or at any for events of none; empty where there is none. */
export const roleOf = (members: string, userId: SQL, tenantId: SQL): SQL => sql`coalesce((
  select min(m.role) from ${sql.raw(members)} m
  where m.user_id = ${userId} and (${tenantId} is null or m.tenant_id = ${tenantId})), '')`;

/** For statements: the hour of the week of a moment in a time zone, from Monday 00:00. */
export const hourOfWeek = (moment: SQL, zone: SQL): SQL => sql`(
  (extract(isodow from ${moment} at time zone ${zone})::integer - 1) * 24 + extract(hour from ${moment} at time zone ${zone})::integer)`;
