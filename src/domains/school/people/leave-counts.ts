import type { Database, Query } from '../../../db/connection/open.ts';
import type { ForgetSettings } from '../../../db/personal/personal-data.ts';
import { servicePrincipal } from '../../../realtime/principal.ts';
import { asPrincipal } from '../../../tracking/principal.ts';
import { type Dimension, type Fact, type FactKind, factKinds, facts } from '../analytics/facts.ts';
import { members } from '../channels.ts';

/** A page stays by name where somebody else was there too, and the name does not tell the person. */
const sharedPage = `case when strpos(f.detail, $1) = 0 and exists (
  select from public.realtime_user_activity a where a.page = f.detail and a.user_id <> $1) then f.detail else '' end`;

const insert = (rows: string) => `
insert into public.realtime_removed_counts as c (fact, measure, at, tenant_id, role, event_type, method, detail, value) ${rows}
on conflict (fact, measure, at, tenant_id, role, event_type, method, detail) do update set value = c.value + excluded.value`;

const countStatement = (kind: FactKind) => {
  const { view, fact, measures, dimensions }: Fact = facts[kind];
  const kept = (dimension: Dimension) => {
    if (!dimensions.includes(dimension)) return `''`;
    // The detail of an activity is the name of a page.
    return kind === 'activity' ? sharedPage : `f.${dimension}`;
  };
  return insert(`
  select '${fact}', m.measure, date_trunc('hour', f.at), coalesce(f.tenant_id, ''), f.role, ${kept('event_type')}, ${kept('method')},
    ${kept('detail')}, sum(m.value)
  from ${view} f cross join lateral (values ${measures.map((name) => `('${name}', f.${name})`).join(', ')}) m(measure, value)
  where f.user_id = $1 group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(m.value) <> 0`);
};

/** The person counts as one on each day and in each week of theirs. */
const activeStatement = (measure: 'day' | 'week') =>
  insert(`
  select distinct 'active', '${measure}', date_trunc('${measure}', f.at), coalesce(f.tenant_id, ''), '', '', '', '', 1
  from school.presence_facts f where f.user_id = $1`);

const removals = [
  'delete from public.realtime_event_deliveries where user_id = $1 returning 1',
  'delete from public.websocket_connections where user_id = $1 returning 1',
  'delete from public.realtime_user_activity where user_id = $1 returning 1',
];

/**
 * Removes what a person did, and leaves their part of the counts, in one transaction: the statistics of one school say the
 * same before and after. Where several schools are asked together, somebody who was active at two of them counts once at
 * each from then on. Runs while the schools still know the person's role.
 */
export function leaveCounts(
  database: Database,
  userId: string,
  { timeZone }: ForgetSettings,
): Promise<number> {
  const work = async (query: Query) => {
    await query(`select set_config('timezone', $1, true)`, [timeZone]);
    for (const kind of factKinds) await query(countStatement(kind), [userId]);
    for (const measure of ['day', 'week'] as const) await query(activeStatement(measure), [userId]);
    let removed = 0;
    for (const removal of removals) removed += (await query(removal, [userId])).length;
    return removed;
  };
  return database.transaction(
    (tx, query) => asPrincipal(tx, members, servicePrincipal, () => work(query)),
    // One snapshot serves the counting and the removal.
    { isolation: 'repeatable read' },
  );
}
