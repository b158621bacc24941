import { sql } from 'drizzle-orm';
import type { PredictionSettings, ReachHours } from '../../extension/delivery-settings.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { refusalOf } from '../preferences/escalation-rules.ts';
import { hoursOf, noHours, plannedRank } from '../preferences/hours.ts';
import { withPrincipal } from '../principal.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { readHabits } from './habits.ts';
import { bestMoment, type Moment } from './model/timing.ts';
import { hourOfWeek, roleOf } from './readers.ts';

/** Deliveries of one transaction. */
export const plannedAtOnce = 200;

export interface PlanOptions extends PredictionSettings {
  readonly methods: readonly string[];
  /** The methods that send digests. */
  readonly digestible: readonly string[];
  readonly hours: ReachHours;
}

/**
 * Chooses, once for each method, when a low or normal event that is due leaves: at the hour within `waitHours` after which
 * it is expected to be read first. Without a reason to wait it leaves at once. Quiet hours and expiry exclude an hour; an
 * event for a digest whose time the person did not set waits for the hour of the coming day in which it is read soonest,
 * together with what waits already. Returns how many it looked at, at most {@link plannedAtOnce}.
 */
export function planDue(tracking: Tracking, options: PlanOptions): Promise<number> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<DueRow>(dueStatement(tracking.members, now, options));
    if (rows.length === 0) return 0;
    const readers = rows.map(({ user_id: userId, tenant, role, method }) => ({
      userId,
      tenantId: tenant,
      role,
      method,
    }));
    const habitsOf = await readHabits(tx, readers);
    const chosen = rows.map((row, index) => {
      const reader = readers[index];
      const [first, ...others] = row.ats.map((at, place): Moment => ({ at, hour: row.hours[place] ?? 0 }));
      if (!reader || !first || row.is_set) return null;
      if (row.gathering !== null) return row.gathering;
      return bestMoment(habitsOf(reader), [first, ...others], row.is_for_digest ? 0 : 1).at;
    });
    await tx.execute(sql`
      update public.realtime_event_deliveries d set planned_method = d.method,
        next_attempt_at = coalesce(to_timestamp(plan.at / 1000), d.next_attempt_at), in_digest = plan.is_for_digest and plan.at is not null
      from unnest(${sql.param(rows.map(({ event_id }) => event_id))}::uuid[], ${sql.param(rows.map(({ user_id }) => user_id))}::text[],
        ${sql.param(chosen)}::float8[], ${sql.param(rows.map(({ is_for_digest }) => is_for_digest))}::boolean[])
        as plan(event_id, user_id, at, is_for_digest)
      where d.event_id = plan.event_id and d.user_id = plan.user_id`);
    return rows.length;
  });
}

/**
 * Plans all that is due. Returns whether that is done: false where nothing is predicted, and where planning failed, after
 * which everything leaves at once.
 */
export async function planAll(
  { tracking, prediction, hours = noHours }: Planning,
  methods: readonly string[],
  digestible: readonly string[],
): Promise<boolean> {
  if (!prediction) return false;
  try {
    while ((await planDue(tracking, { methods, digestible, hours, ...prediction })) === plannedAtOnce);
    return true;
  } catch (error) {
    tracking.logger.warn(
      { err: error },
      'the times of deliveries could not be chosen; low and normal events are sent at once',
    );
    return false;
  }
}

interface Planning {
  readonly tracking: Tracking;
  readonly prediction?: PredictionSettings;
  readonly hours?: ReachHours;
}

/** The delivery stands for the contact of its person where its hours are asked for. */
function dueStatement(members: string, now: string, { methods, digestible, hours, waitHours }: PlanOptions) {
  const { zone, isForDigest, digestAt, quietUntil } = hoursOf(now, digestible, hours);
  const moment = sql`${now}::timestamptz`;
  return sql`
    with looked as materialized (
      select d.* from generate_series(${plannedRank}::integer, 1, -1) as rank
      cross join lateral (
        select d.event_id, d.user_id, d.tenant_id, d.method, d.expires_at, ${isForDigest} as is_for_digest,
          c.digest_minute is not null as has_time, ${digestAt} as digest_at, ${quietUntil(moment)} as quiet_until,
          c.time_zone, c.quiet_from, c.quiet_to
        from public.realtime_event_deliveries d
        join public.realtime_events e on e.id = d.event_id join public.realtime_event_types t on t.name = e.type
        left join public.realtime_contacts c on c.user_id = d.user_id
        where d.priority_rank = rank and d.next_attempt_at <= ${now} and d.method = any(${sql.param(methods)}::text[])
          and d.attempts = 0 and not d.in_digest and d.planned_method is distinct from d.method
          and (d.expires_at is null or d.expires_at > ${now}) and ${refusalOf(sql`d.method`)} is null
        order by d.next_attempt_at limit ${plannedAtOnce} for update of d skip locked
      ) d limit ${plannedAtOnce}
    )
    select c.event_id, c.user_id, coalesce(c.tenant_id, '') as tenant, c.method, ${roleOf(members, sql`c.user_id`, sql`c.tenant_id`)} as role,
      c.is_for_digest, c.is_for_digest and c.has_time as is_set, moments.ats, moments.hours,
      case when c.is_for_digest then (select extract(epoch from min(w.next_attempt_at))::float8 * 1000
        from public.realtime_event_deliveries w
        where w.user_id = c.user_id and w.method = c.method and w.in_digest and w.next_attempt_at > ${now}) end as gathering
    from looked c cross join lateral (
      select array_agg(extract(epoch from at)::float8 * 1000 order by place, at) as ats,
        array_agg(${hourOfWeek(sql`at`, zone)} order by place, at) as hours
      from (
        select 0 as place, case when c.is_for_digest then c.digest_at else coalesce(c.quiet_until, ${moment}) end as at
        union all
        select 1, date_trunc('hour', ${moment}, ${zone}) + later * interval '1 hour'
        from generate_series(1, case when c.is_for_digest then 24 else ${waitHours}::integer end) as later
      ) m
      where place = 0 or (${quietUntil(sql`at`)} is null and (c.expires_at is null or at < c.expires_at)
        and (c.is_for_digest or at > coalesce(c.quiet_until, ${moment})))
    ) moments`;
}

interface DueRow extends Record<string, unknown> {
  readonly event_id: string;
  readonly user_id: string;
  readonly tenant: string;
  readonly role: string;
  readonly method: string;
  readonly is_for_digest: boolean;
  /** Whether the person set the time of the digest, which stays. */
  readonly is_set: boolean;
  /** The moments at which it may leave, the one without a prediction first, and their hours of the week. */
  readonly ats: readonly number[];
  readonly hours: readonly number[];
  /** When the digest leaves in which other events of the person wait; null where none do. */
  readonly gathering: number | null;
}
