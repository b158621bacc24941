import { sql } from 'drizzle-orm';
import { behind, type OrderColumn, type Page, type PageQuery, pageOf } from '../../db/paging.ts';
import type { Principal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeEvents as events } from '../schema/events.ts';
import type { DeliveryMode, Priority } from '../statuses.ts';
import type { Tracking } from '../tracking.ts';

/** An event as its author and the supervisors of its tenant see it. Times are ISO 8601. */
export interface RaisedEvent {
  readonly id: string;
  readonly eventType: string;
  readonly tenantId: string | null;
  readonly sourceUserId: string | null;
  readonly title: string;
  readonly message: string;
  readonly priority: Priority;
  readonly status: (typeof events.$inferSelect)['status'];
  readonly deliveryMode: DeliveryMode;
  readonly createdAt: string;
}

const order: readonly OrderColumn[] = [
  [events.createdAt, 'timestamptz'],
  [events.id, 'uuid'],
];

export interface RaisedFilter extends PageQuery {
  readonly tenantId?: string | undefined;
  readonly type?: string | undefined;
}

/**
 * The events that this person raised or whose tenant they supervise, the latest first; the service sees all. Throws
 * `validation_failed` for a cursor that is none.
 */
export function listRaised(
  tracking: Pick<Tracking, 'database' | 'members'>,
  principal: Principal,
  { tenantId, type, cursor, limit }: RaisedFilter,
): Promise<Page<RaisedEvent>> {
  const after = behind(order, 'descending', cursor);
  return withPrincipal(tracking, principal, async (tx) => {
    const rows = await tx
      .select({
        id: events.id,
        eventType: events.type,
        tenantId: events.tenantId,
        sourceUserId: events.sourceUserId,
        title: events.title,
        message: events.message,
        priority: events.priority,
        status: events.status,
        deliveryMode: events.deliveryMode,
        createdAt: events.createdAt,
      })
      .from(events)
      .where(
        sql`(public.realtime_is_service() or ${events.sourceUserId} = public.realtime_user()
            or ${events.tenantId} = any(public.realtime_supervised()))
          ${tenantId === undefined ? sql`` : sql`and ${events.tenantId} = ${tenantId}`}
          ${type === undefined ? sql`` : sql`and ${events.type} = ${type}`}
          ${after === undefined ? sql`` : sql`and ${after}`}`,
      )
      .orderBy(sql`${events.createdAt} desc`, sql`${events.id} desc`)
      .limit(limit + 1);
    return pageOf(rows, limit, ({ createdAt, id }) => [createdAt, id]);
  });
}
