import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { type Priority, rankOf } from '../statuses.ts';

/** An event and whom it is for. Without target tenants it is for those of all. */
export interface Targets {
  readonly id: string;
  readonly tenantId: string | null;
  readonly targetUserIds: readonly string[];
  readonly targetRoles: readonly string[];
  readonly targetTenantIds: readonly string[];
  readonly excludedUserIds: readonly string[];
  readonly priority: Priority;
  /** The first way to the person. */
  readonly method: string;
  readonly maxAttempts: number;
  readonly escalates: boolean;
  readonly scheduledAt: string;
  readonly expiresAt: string | null;
  readonly createdAt: string;
}

/**
 * Finds the recipients, writes a delivery for each and tells the event how many they are: one statement, whatever the
 * number. People who are named but of other tenants than the event's are left out.
 */
export async function insertDeliveries(
  tx: Drizzle,
  members: string,
  targets: Targets,
  everybody: boolean,
): Promise<number> {
  const { id, tenantId, priority, method, maxAttempts, scheduledAt, expiresAt, createdAt } = targets;
  const list = (values: readonly string[]) => sql`${sql.param(values)}::text[]`;
  const inScope = sql`(${targets.targetTenantIds.length === 0} or tenant_id = any(${list(targets.targetTenantIds)}))`;
  const { rows } = await tx.execute<{ recipients: number }>(sql`
    with person as (
      select distinct user_id from ${sql.raw(members)}
      where (
        (addressed and ${inScope} and (${everybody} or role = any(${list(targets.targetRoles)})))
        or (user_id = any(${list(targets.targetUserIds)}) and (tenant_id is null or ${inScope}))
      ) and user_id <> all(${list(targets.excludedUserIds)})
    ), written as (
      insert into public.realtime_event_deliveries
        (event_id, user_id, tenant_id, status, priority_rank, method, max_attempts, next_attempt_at, expires_at, created_at, escalates)
      select ${id}, user_id, ${tenantId}, 'pending', ${rankOf(priority)}, ${method}, ${maxAttempts}, ${scheduledAt}, ${expiresAt}, ${createdAt}, ${targets.escalates} from person
      returning 1
    )
    update public.realtime_events set recipients = (select count(*) from written) where id = ${id} returning recipients`);
  return rows[0]?.recipients ?? 0;
}
