import { and, desc, eq } from 'drizzle-orm';
import type { Principal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeDeliveryAttempts as table } from '../schema/attempts.ts';
import type { Tracking } from '../tracking.ts';

export type DeliveryAttempt = Omit<typeof table.$inferSelect, 'id' | 'eventId' | 'tenantId'>;

/** Attempts of one event that are listed. */
const maxAttempts = 200;

/**
 * The attempts to reach people of an event by other methods than `websocket`, in the order of time, as far as this
 * principal may see them: their own, and those of tenants that they supervise.
 */
export async function readAttempts(
  tracking: Pick<Tracking, 'database' | 'members'>,
  principal: Principal,
  eventId: string,
  userId?: string,
): Promise<readonly DeliveryAttempt[]> {
  const rows = await withPrincipal(tracking, principal, (tx) =>
    tx
      .select()
      .from(table)
      .where(and(eq(table.eventId, eventId), userId === undefined ? undefined : eq(table.userId, userId)))
      .orderBy(desc(table.startedAt), desc(table.attempt))
      .limit(maxAttempts),
  );
  return rows.toReversed().map(({ id: _id, eventId: _event, tenantId: _tenant, ...attempt }) => attempt);
}
