import { sql } from 'drizzle-orm';
import { behind, type OrderColumn, type Page, type PageQuery, pageOf } from '../../../db/paging.ts';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { members } from '../channels.ts';

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

/** Throws `not_found` where one of the schools does not exist. */
export async function checkSchools(
  { database }: Pick<Tracking, 'database'>,
  schoolIds: readonly string[],
): Promise<void> {
  if (schoolIds.length === 0) return;
  const { rows } = await database.db.execute<{ id: string }>(sql`
    select id from unnest(${sql.param(schoolIds)}::text[]) id
    where not exists (select from school.schools s where s.id = id.id) limit 1`);
  if (rows[0]) throw new AppError('not_found', `There is no school ${rows[0].id}.`, { field: 'schoolId' });
}

/**
 * Raises something at schools. A person learns of a school that does not exist when it is refused them, which costs those
 * who may nothing. Throws `not_found` and what `raise` throws.
 */
export async function raiseAt<T>(
  tracking: Pick<Tracking, 'database'>,
  by: Principal | undefined,
  schoolIds: readonly string[],
  raise: () => Promise<T>,
): Promise<T> {
  if (!by || by.service) {
    await checkSchools(tracking, schoolIds);
    return raise();
  }
  try {
    return await raise();
  } catch (error) {
    if (AppError.from(error).code === 'forbidden') await checkSchools(tracking, schoolIds);
    throw error;
  }
}

/** The identity of a person of the schools, for what is said on their behalf. Throws `not_found`. */
export async function personOf({ database }: Pick<Tracking, 'database'>, userId: string): Promise<Principal> {
  const { rows } = await database.db.execute<{ role: string }>(
    sql`select role from ${sql.raw(members)} where user_id = ${userId} limit 1`,
  );
  if (!rows[0]) throw new AppError('not_found', `There is no person ${userId}.`, { field: 'userId' });
  return { userId, role: rows[0].role, tenants: [] };
}

/**
 * Throws `forbidden` for somebody whose credentials name schools, unless these are all the schools of the person. An
 * administrator is of every school.
 */
export async function demandPerson(
  { database }: Pick<Tracking, 'database'>,
  { tenants, service }: Principal,
  userId: string,
): Promise<void> {
  if (service || tenants.length === 0) return;
  const { rows } = await database.db.execute<{ theirs: boolean | null }>(sql`
    select bool_and(tenant_id is not null and tenant_id = any(${sql.param(tenants)}::text[])) as theirs
    from ${sql.raw(members)} where user_id = ${userId}`);
  if (rows[0]?.theirs) return;
  throw new AppError(
    'forbidden',
    `${userId} is not of your schools alone: use credentials that name no school.`,
    { field: 'userId' },
  );
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

const order: readonly OrderColumn[] = [
  [sql`s.name`, 'text'],
  [sql`s.id`, 'text'],
];

/**
 * The schools that somebody belongs to, or may turn to, by name. The service has all of them. Throws
 * `validation_failed` for a cursor that is none.
 */
export async function schoolsOf(
  { database }: Pick<Tracking, 'database'>,
  { userId, role, tenants, service }: Principal,
  { cursor, limit }: PageQuery,
): Promise<Page<{ id: string; name: string }>> {
  const isAny = service === true;
  const after = behind(order, 'ascending', cursor) ?? sql`true`;
  const { rows } = await database.db.execute<{ id: string; name: string }>(sql`
    select s.id, s.name from school.schools s
    where ${after} and (${isAny} or ((${tenants.length === 0} or s.id = any(${sql.param(tenants)}::text[])) and exists (
      select from ${sql.raw(members)} m
      where m.tenant_id = s.id and m.user_id = ${userId} and m.role = ${role})))
    order by s.name, s.id limit ${limit + 1}`);
  return pageOf(rows, limit, ({ id, name }) => [name, id]);
}
