import { sql } from 'drizzle-orm';
import { isoTime } from '../../db/append-statements.ts';
import type { Drizzle } from '../../db/connection/open.ts';
import { refusalOf } from '../../tracking/preferences/escalation-rules.ts';
import { undelayedRank } from '../../tracking/preferences/hours.ts';

/** The way of a delivery beyond live sessions: the methods of its type, and the reasons for which it waits. */
export interface CourseRow extends Record<string, unknown> {
  /** In their order. `refusal` is the reason for which a method does not reach the person, null where it does. */
  readonly steps: readonly { readonly method: string; readonly refusal: string | null }[];
  /** Its method was not tried, and is not to be before its next attempt. */
  readonly waits: boolean;
  /** Its time was chosen by the prediction. */
  readonly isPlanned: boolean;
  readonly inDigest: boolean;
  /** The person set the time of their digest, which the prediction leaves alone. */
  readonly hasDigestTime: boolean;
  /** Whether quiet hours may delay it. */
  readonly isDelayable: boolean;
  /** When the next method has its turn, unless it was read. */
  readonly escalatesAt: string | null;
  /** The number of times it went on because it was not read. */
  readonly escalations: number;
  /** The methods that reading it made unnecessary. */
  readonly spared: readonly string[];
}

/** Undefined without a delivery. */
export async function readCourse(
  tx: Drizzle,
  { id, userId, now }: { readonly id: string; readonly userId: string; readonly now: string },
): Promise<CourseRow | undefined> {
  const { rows } = await tx.execute<CourseRow>(sql`
    select d.method <> 'websocket' and d.attempts = 0 and coalesce(d.next_attempt_at > ${now}::timestamptz, false)
        and not exists (select from public.realtime_delivery_attempts a
          where a.event_id = d.event_id and a.user_id = d.user_id and a.method = d.method) as waits,
      d.planned_method is not distinct from d.method as "isPlanned", d.in_digest as "inDigest",
      c.digest_minute is not null as "hasDigestTime", d.priority_rank < ${undelayedRank} as "isDelayable",
      ${sql.raw(isoTime('d.escalates_at'))} as "escalatesAt", d.escalations, d.spared,
      array(select json_build_object('method', step.method,
          'refusal', case when step.method <> 'websocket' then ${refusalOf(sql`step.method`)} end)
        from unnest(t.methods) with ordinality as step(method, place) order by step.place) as steps
    from public.realtime_event_deliveries d
    join public.realtime_events e on e.id = d.event_id join public.realtime_event_types t on t.name = e.type
    left join public.realtime_contacts c on c.user_id = d.user_id
    where d.event_id = ${id} and d.user_id = ${userId}`);
  return rows[0];
}
