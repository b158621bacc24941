import { type SQL, sql } from 'drizzle-orm';
import type { ReachHours } from '../../extension/delivery-settings.ts';
import { choiceOf } from './escalation-rules.ts';

/** The hours of a deployment that sets none. */
export const noHours: ReachHours = { timeZone: 'UTC', digestMinute: 7 * 60 };

/** Events of this rank and above are never delayed: urgent and critical ones. */
export const undelayedRank = 4;
/** Events of this rank and below may wait for an hour in which their person reads: low and normal ones. */
export const plannedRank = 2;
const lowRank = 1;

/** For statements with a delivery `d`, its event `e` and the contact `c` of its person. */
export interface Hours {
  /** The time zone of the person. */
  readonly zone: SQL;
  /** Whether the delivery waits for the digest of its person. */
  readonly isForDigest: SQL;
  /** The next digest of the person. */
  readonly digestAt: SQL;
  /** The end of the quiet hours that the moment lies in; null outside. */
  quietUntil(moment: SQL): SQL;
  /** When it may leave: at the end of the quiet hours, or with the digest; null where it may at once. */
  readonly until: SQL;
}

export function hoursOf(
  now: string,
  digestible: readonly string[],
  { timeZone, quiet, digestMinute }: ReachHours,
): Hours {
  const zone = sql`coalesce(c.time_zone, ${timeZone}::text)`;
  const isForDigest = sql`(d.priority_rank < ${undelayedRank} and d.method = any(${sql.param(digestible)}::text[])
    and coalesce(${choiceOf(sql`d.method`)}, case when d.priority_rank = ${lowRank} then 'digest' else 'now' end) = 'digest')`;
  const digestAt = sql`public.realtime_next_local(${now}::timestamptz, ${zone}, coalesce(c.digest_minute, ${digestMinute}::integer))`;
  const quietUntil = (moment: SQL) => sql`public.realtime_quiet_until(${moment}, ${zone},
    coalesce(c.quiet_from, ${quiet?.from ?? null}::integer), coalesce(c.quiet_to, ${quiet?.to ?? null}::integer))`;
  return {
    zone,
    isForDigest,
    digestAt,
    quietUntil,
    until: sql`(case when ${isForDigest} then ${digestAt}
      when d.priority_rank < ${undelayedRank} then ${quietUntil(sql`${now}::timestamptz`)} end)`,
  };
}
