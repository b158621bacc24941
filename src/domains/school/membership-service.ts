import { sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Tracking } from '../../tracking/tracking.ts';
import { members } from './channels.ts';

/** The school in whose context somebody acts. Throws `validation_failed` where there are several, or none. */
export async function schoolOf(
  { database }: Pick<Tracking, 'database'>,
  { userId, role, tenants, service }: Principal,
): Promise<string> {
  const [only, ...others] = service
    ? []
    : (
        await database.db.execute<{ tenant_id: string }>(sql`
          select tenant_id from ${sql.raw(members)} where user_id = ${userId} and role = ${role} and tenant_id is not null
            and (${tenants.length === 0} or tenant_id = any(${sql.param(tenants)}::text[])) limit 2`)
      ).rows;
  if (only && others.length === 0) return only.tenant_id;
  throw new AppError('validation_failed', 'Say which school: you have none, or several.', {
    field: 'schoolId',
  });
}

/** The name of a school of this user; undefined where it is not theirs. */
export async function nameOfOwnSchool(
  { database }: Pick<Tracking, 'database'>,
  { userId, role }: Principal,
  schoolId: string,
): Promise<string | undefined> {
  const { rows } = await database.db.execute<{ name: string }>(sql`
    select s.name from school.schools s join ${sql.raw(members)} m on m.tenant_id = s.id
    where s.id = ${schoolId} and m.user_id = ${userId} and m.role = ${role}`);
  return rows[0]?.name;
}
