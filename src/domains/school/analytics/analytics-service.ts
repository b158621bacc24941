import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { AppError } from '../../../errors.ts';
import { withPrincipal } from '../../../tracking/principal.ts';
import type { Analytics, Funnel } from './analytics-model.ts';
import { facts, funnelMeasures } from './facts.ts';
import type { AnalyticsDeps, Scope } from './scope.ts';

const maxNames = 100;
const maxPages = 50;

/**
 * Returns sums of the views of drizzle/school over the schools that the caller leads; the service sees all. Throws
 * `forbidden` for a school that is not theirs.
 */
export function readAnalytics(deps: AnalyticsDeps, scope: Scope): Promise<Analytics> {
  return inScope(deps, scope, async (tx) => ({
    timeZone: deps.timeZone,
    ...(await readFunnels(tx, scope)),
    sessions: await readSessions(tx, scope),
    ...(await readActive(tx, scope)),
    pages: await readPages(tx, scope),
  }));
}

/** A transaction with the caller's rights, in the time zone of the deployment. Throws as `readAnalytics`. */
export function inScope<T>(
  { tracking, timeZone }: AnalyticsDeps,
  { principal, schoolId }: Scope,
  work: (tx: Drizzle) => Promise<T>,
): Promise<T> {
  return withPrincipal(tracking, principal, async (tx) => {
    const { rows } = await tx.execute<{ leads: boolean }>(sql`
      select set_config('timezone', ${timeZone}, true), ${schoolId}::text is null or public.realtime_is_service()
        or ${schoolId}::text = any(public.realtime_supervised()) as leads`);
    if (!rows[0]?.leads)
      throw new AppError('forbidden', `You do not lead the school ${schoolId}.`, { field: 'schoolId' });
    return work(tx);
  });
}

/** The condition on the rows of a view. */
export const within = ({ from, to, schoolId }: Pick<Scope, 'from' | 'to' | 'schoolId'>): SQL =>
  sql`at >= ${from}::timestamptz and at < ${to}::timestamptz and (${schoolId}::text is null or tenant_id = ${schoolId})`;

const dimensions = {
  bySchool: 'tenant_id',
  byRole: 'role',
  byType: 'event_type',
  byMethod: 'method',
  byHour: 'hour',
} as const;
type Dimension = keyof typeof dimensions;

interface FunnelRow extends Funnel, Record<string, unknown> {
  readonly dimension: Dimension | 'all';
  readonly name: string | null;
}

const sumOf = (measure: string) => `coalesce(sum(${measure}), 0)::float8 as "${measure}"`;
const funnelSums = sql.raw(funnelMeasures.map(sumOf).join(', '));

async function readFunnels(tx: Drizzle, scope: Scope): Promise<Pick<Analytics, 'funnel' | Dimension>> {
  const entries = Object.entries(dimensions);
  const which = entries.map(([name, column]) => `when grouping(${column}) = 0 then '${name}'`).join(' ');
  const value = entries.map(([, column]) => `${column}::text`).join(', ');
  const sets = entries.map(([, column]) => `(${column})`).join(', ');
  const { rows } = await tx.execute<FunnelRow>(sql`
    select case ${sql.raw(which)} else 'all' end as dimension, coalesce(${sql.raw(value)}, '') as name, ${funnelSums},
      (sum(seconds_to_read) / nullif(sum(read), 0))::float8 as "meanSecondsToRead"
    from (select *, extract(hour from at)::integer as hour from ${sql.raw(facts.deliveries.view)} where ${within(scope)}) f
    group by grouping sets ((), ${sql.raw(sets)})`);
  const of = (dimension: FunnelRow['dimension']) => rows.filter((row) => row.dimension === dimension);
  const named = (dimension: Dimension) =>
    of(dimension)
      .map(({ dimension: _, name, ...funnel }) => ({ name: name ?? '', ...funnel }))
      .sort((one, other) => other.recipients - one.recipients || (one.name < other.name ? -1 : 1))
      .slice(0, maxNames);
  const [{ dimension: _, name: __, ...funnel } = noRow] = of('all');
  return {
    funnel,
    bySchool: named('bySchool'),
    byRole: named('byRole'),
    byType: named('byType'),
    byMethod: named('byMethod'),
    byHour: named('byHour').sort((one, other) => Number(one.name) - Number(other.name)),
  };
}

const noRow: FunnelRow = {
  ...{ dimension: 'all', name: '', recipients: 0, sent: 0, delivered: 0, read: 0, acknowledged: 0 },
  ...{ failed: 0, expired: 0, escalated: 0, meanSecondsToRead: null },
};

async function readSessions(tx: Drizzle, scope: Scope): Promise<Analytics['sessions']> {
  const { rows } = await tx.execute<Analytics['sessions'] & Record<string, unknown>>(sql`
    select coalesce(sum(sessions), 0)::float8 as sessions, (sum(seconds) / nullif(sum(ended), 0))::float8 as "meanSeconds",
      percentile_cont(0.5) within group (order by seconds) filter (where ended = 1 and user_id is not null) as "medianSeconds"
    from ${sql.raw(facts.sessions.view)} where ${within(scope)}`);
  const { sessions = 0, meanSeconds = null, medianSeconds = null } = rows[0] ?? {};
  return { sessions, meanSeconds, medianSeconds };
}

/**
 * Counts people by the formula of the views `daily_active` and `weekly_active`, for the schools of the scope together, in
 * one reading of the period.
 */
async function readActive(tx: Drizzle, scope: Scope): Promise<Pick<Analytics, 'days' | 'weeks'>> {
  const { rows } = await tx.execute<{ unit: 'day' | 'week'; at: string; people: number }>(sql`
    select unit, to_char(begin, 'YYYY-MM-DD') as at, sum(people)::float8 as people from (
      select case when grouping(day) = 0 then 'day' else 'week' end as unit, coalesce(day, week) as begin,
        count(distinct user_id)::float8 as people
      from (
        select date_trunc('day', at)::date as day, date_trunc('week', at)::date as week, user_id
        from school.presence_facts where ${within(scope)}
      ) signs group by grouping sets ((day), (week))
      union all
      select measure, at::date, value from public.realtime_removed_counts
      where fact = 'active' and measure in ('day', 'week') and at >= date_trunc(measure, ${scope.from}::timestamptz)
        and at < ${scope.to}::timestamptz and (${scope.schoolId}::text is null or tenant_id = ${scope.schoolId})
    ) counted group by 1, 2 order by 2`);
  const of = (unit: 'day' | 'week') => rows.filter((row) => row.unit === unit);
  return {
    days: of('day').map(({ at: day, people }) => ({ day, people })),
    weeks: of('week').map(({ at: week, people }) => ({ week, people })),
  };
}

async function readPages(tx: Drizzle, scope: Scope): Promise<Analytics['pages']> {
  const { rows } = await tx.execute<Analytics['pages'][number] & Record<string, unknown>>(sql`
    select detail as page, ${sql.raw(facts.activity.measures.map(sumOf).join(', '))}
    from ${sql.raw(facts.activity.view)} where ${within(scope)} group by detail order by views desc, page limit ${maxPages}`);
  return rows;
}
