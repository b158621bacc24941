import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { plannedRank } from '../preferences/hours.ts';
import { withPrincipal } from '../principal.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { longestHours, mostSent } from './model/chances.ts';
import { featuresOf, learn, type Scored, type Weights } from './model/score.ts';
import { hourOfWeek, roleOf } from './readers.ts';

/** Attempts of one transaction. */
export const learnedAtOnce = 1_000;

/**
 * Learns from the attempts whose day is over: counts, for the person and for the role at the tenant, by hour of the week,
 * how many messages were sent and how many were read within the hour, and trains the priority score. Each attempt is
 * learned from once, whatever dies and however many processes do this. Returns how many attempts it looked at; fewer than
 * {@link learnedAtOnce} means that it looked at all. Events that are never delayed do not count: they are read otherwise.
 */
export function learnReads(
  tracking: Pick<Tracking, 'database' | 'members' | 'clock'>,
  timeZone: string,
): Promise<number> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const now = nowOf(tracking);
    const state = await takeTurn(tx);
    const { rows } = await tx.execute<TriedRow>(sql`
      with looked as materialized (
        select event_id, user_id, tenant_id, method, started_at, outcome from public.realtime_delivery_attempts
        where started_at > ${state.learned_until}::timestamptz and started_at <= ${now}::timestamptz - ${longestHours} * interval '1 hour'
        order by started_at fetch first ${sql.raw(String(learnedAtOnce))} rows with ties
      ), tried as materialized (
        select l.*, coalesce(l.tenant_id, '') as tenant, e.type, e.priority, e.action_url, e.source_user_id, e.expires_at,
          t.acknowledgement, ${roleOf(tracking.members, sql`l.user_id`, sql`l.tenant_id`)} as role,
          ${hourOfWeek(sql`l.started_at`, sql`coalesce(c.time_zone, ${timeZone}::text)`)} as hour_of_week,
          coalesce(extract(epoch from d.read_at - l.started_at)::float8 / 3600, 'infinity') as hours
        from looked l
        join public.realtime_event_deliveries d on d.event_id = l.event_id and d.user_id = l.user_id
        join public.realtime_events e on e.id = l.event_id join public.realtime_event_types t on t.name = e.type
        left join public.realtime_contacts c on c.user_id = l.user_id
        where l.outcome = 'taken' and d.priority_rank <= ${plannedRank} and (d.read_at is null or d.read_at >= l.started_at)
      ), people as (
        insert into public.realtime_reading_hours as old (user_id, method, hour_of_week, sent, read, learned_on)
        select user_id, method, hour_of_week, count(*), ${readCount}, ${now}::date from tried group by 1, 2, 3 order by 1, 2, 3
        on conflict (user_id, method, hour_of_week) do update set ${added(mostSent.person)}
      ), groups as (
        insert into public.realtime_reading_groups as old (tenant_id, method, role, hour_of_week, sent, read, learned_on, late_hours)
        select tenant, method, role, hour_of_week, count(*), ${readCount}, ${now}::date,
          coalesce(sum(least(hours, ${longestHours})) filter (where hours > 1), 0)
        from tried group by 1, 2, 3, 4 order by 1, 2, 3, 4
        on conflict (tenant_id, method, role, hour_of_week) do update set ${added(mostSent.group)},
          late_hours = (old.late_hours + excluded.late_hours) * ${keptOf(mostSent.group)}
      )
      select looked.count, looked.until, tried.type, tried.priority, tried.acknowledgement, tried.action_url, tried.source_user_id,
        tried.expires_at, tried.started_at, tried.hours <= ${longestHours} as is_read_in_day
      from (select count(*)::integer as count, max(started_at) as until from looked) looked left join tried on true
      order by tried.started_at, tried.event_id, tried.user_id`);
    const [first] = rows;
    if (!first || first.count === 0) return 0;
    const tried = rows.filter(({ type }) => type !== null);
    const weights = tried.reduce(learnRow, state.weights);
    await tx.execute(sql`update public.realtime_predictions set learned_until = ${first.until},
      learned = learned + ${tried.length}, weights = ${JSON.stringify(weights)}::jsonb where name = 'reads'`);
    return first.count;
  });
}

/** Learns from all attempts whose day is over, in one transaction after the other. */
export async function learnAll(...given: Parameters<typeof learnReads>): Promise<void> {
  while ((await learnReads(...given)) >= learnedAtOnce);
}

/** Locks the state, so that one process at a time learns. */
async function takeTurn(tx: Drizzle): Promise<StateRow> {
  await tx.execute(sql`insert into public.realtime_predictions (name, learned_until, learned, weights)
    values ('reads', '1970-01-01T00:00:00Z', 0, '{}') on conflict do nothing`);
  const { rows } = await tx.execute<StateRow>(sql`
    select to_json(learned_until) #>> '{}' as learned_until, weights from public.realtime_predictions where name = 'reads' for update`);
  const [state] = rows;
  if (!state) throw new Error('The state of the prediction was not written.');
  return state;
}

interface StateRow extends Record<string, unknown> {
  readonly learned_until: string;
  readonly weights: Weights;
}

const readCount: SQL = sql`count(*) filter (where hours <= 1)`;

/** For the update of a tally `old`: the share of both tallies that is kept, so that they have `most` messages together at most. */
const keptOf = (most: number): SQL => sql`least(1, ${most}::float8 / (old.sent + excluded.sent))`;

const added = (most: number): SQL => sql`sent = (old.sent + excluded.sent) * ${keptOf(most)},
  read = (old.read + excluded.read) * ${keptOf(most)}, learned_on = excluded.learned_on`;

interface TriedRow extends Record<string, unknown> {
  /** The number of attempts that were looked at, and the time of the last. */
  readonly count: number;
  readonly until: string;
  /** Null where none of them counts. */
  readonly type: string | null;
  readonly priority: string;
  readonly acknowledgement: string;
  readonly action_url: string | null;
  readonly source_user_id: string | null;
  readonly expires_at: string | null;
  readonly started_at: string;
  readonly is_read_in_day: boolean;
}

function learnRow(weights: Weights, row: TriedRow): Weights {
  const event: Scored = {
    eventType: row.type ?? '',
    priority: row.priority,
    acknowledgement: row.acknowledgement,
    actionUrl: row.action_url,
    sourceUserId: row.source_user_id,
    expiresAt: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
  };
  return learn(weights, featuresOf(event, new Date(row.started_at).getTime()), row.is_read_in_day);
}
