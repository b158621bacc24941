import { sql } from 'drizzle-orm';
import type { Principal } from '../../../realtime/principal.ts';
import type { Tracking } from '../../../tracking/tracking.ts';

/** The most schools whose announcements one session gets: each takes a subscription. */
const most = 100;

/** The schools whose announcements are meant for this person, as membership says. */
export async function schoolsAddressed(
  { database, members }: Pick<Tracking, 'database' | 'members'>,
  { userId, role, service }: Principal,
): Promise<readonly string[]> {
  if (service) return [];
  const { rows } = await database.db.execute<{ tenant_id: string }>(sql`
    select tenant_id from ${sql.raw(members)} where user_id = ${userId} and role = ${role} and addressed
      and tenant_id is not null
    order by tenant_id limit ${most}`);
  return rows.map((row) => row.tenant_id);
}
