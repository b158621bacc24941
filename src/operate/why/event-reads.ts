import { sql } from 'drizzle-orm';
import { isoTime } from '../../db/append-statements.ts';
import type { Database, Drizzle } from '../../db/connection/open.ts';
import { asOperator, hasTracking } from '../processes/overview-reads.ts';
import type { DeliveryRow } from '../queues/model.ts';
import { readDeliveries } from '../queues/queue-reads.ts';
import { type CourseRow, readCourse } from './course-reads.ts';

export interface EventRow extends Record<string, unknown> {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly status: string;
  readonly tenantId: string | null;
  readonly deliveryMode: string;
  readonly scheduledAt: string;
  readonly isEarly: boolean;
  readonly sentAt: string | null;
  readonly createdAt: string;
  readonly excluded: boolean;
  readonly named: boolean;
  readonly targetRoles: string[];
  readonly offset: number | null;
}

/** An attempt by a method beside the live connection. */
export interface AttemptRow extends Record<string, unknown> {
  readonly method: string;
  readonly attempt: number;
  readonly startedAt: string;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly report: string | null;
}

export interface EventFacts {
  readonly event: EventRow;
  readonly delivery: DeliveryRow | undefined;
  readonly attempts: readonly AttemptRow[];
  /** Undefined without a delivery. */
  readonly course: CourseRow | undefined;
}

const time = (column: string, name: string) => sql.raw(`${isoTime(column)} as "${name}"`);

/** A tracked event and its fate for one person; undefined where there is no such event. */
export async function readEvent(
  database: Database,
  { id, userId, now }: { readonly id: string; readonly userId: string; readonly now: string },
): Promise<EventFacts | undefined> {
  if (!(await hasTracking(database.query))) return undefined;
  return asOperator(database, async (tx) => {
    const { rows } = await tx.execute<EventRow>(sql`
      select id, type, title, status, tenant_id as "tenantId", delivery_mode as "deliveryMode",
        ${time('scheduled_at', 'scheduledAt')}, scheduled_at > now() as "isEarly", ${time('sent_at', 'sentAt')},
        ${time('created_at', 'createdAt')}, ${userId} = any(excluded_user_ids) as excluded,
        ${userId} = any(target_user_ids) as named, target_roles as "targetRoles",
        channel_offset::float8 as "offset"
      from public.realtime_events where id = ${id}`);
    const [event] = rows;
    if (!event) return undefined;
    const { data } = await readDeliveries(tx, { user: userId, event: id, limit: 1 });
    const attempts = await readAttempts(tx, id, userId);
    return { event, delivery: data[0], attempts, course: await readCourse(tx, { id, userId, now }) };
  });
}

async function readAttempts(tx: Drizzle, id: string, userId: string): Promise<AttemptRow[]> {
  const { rows } = await tx.execute<AttemptRow>(sql`
    select method, attempt, ${time('started_at', 'startedAt')}, outcome, error, report
    from public.realtime_delivery_attempts where event_id = ${id} and user_id = ${userId}
    order by started_at limit 100`);
  return rows;
}
