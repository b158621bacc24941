import { newEpoch } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';

export interface HeadRow {
  readonly name: string;
  readonly epoch: string;
  /** bigint, which drivers give as text. */
  readonly last_offset: string;
}

/**
 * A channel that is read before anything was published on it needs an epoch, so it gets a row; its name may be one that
 * nobody will ever publish on. A note in `realtime_channel_openings` finds those rows again without reading the others.
 */
const openStatement = `
with opened as (
  insert into public.realtime_channels (name, epoch, updated_at, created_at)
  select asked, ${newEpoch}, clock_timestamp(), clock_timestamp() from unnest($1::text[]) asked
  where not exists (select from public.realtime_channels c where c.name = asked) order by asked collate "C"
  on conflict (name) do nothing returning name, epoch, last_offset
), noted as (
  insert into public.realtime_channel_openings as o (name, opened_at)
  select name, now() from opened order by name collate "C"
  on conflict (name) do update set opened_at = excluded.opened_at
)
select name, epoch, last_offset from public.realtime_channels where name = any($1::text[])
union all select name, epoch, last_offset from opened`;

/** The time for which a channel that nobody reads keeps its epoch without a publication. */
const unusedFor = `interval '1 hour'`;

const keepStatement = `
update public.realtime_channel_openings set opened_at = now()
where name = any($1::text[]) and opened_at < now() - ${unusedFor} / 2`;

const forgetStatement = `
with due as materialized (
  select name from public.realtime_channel_openings
  where opened_at < now() - ${unusedFor} order by opened_at limit $1 for update skip locked
), forgotten as (
  delete from public.realtime_channels c using due where c.name = due.name and c.last_offset = 0
), done as (
  delete from public.realtime_channel_openings o using due where o.name = due.name returning 1
)
select count(*)::integer as done from done`;

/**
 * The heads of these channels, made where there are none; one that another process makes at the same time is left
 * out.
 */
export function openChannels(query: Query, names: readonly string[]): Promise<HeadRow[]> {
  return query<HeadRow>(openStatement, [names], 'prepared');
}

/** Returns how many openings were looked at; fewer than `limit`: there is no other that is old enough. */
export async function forgetUnused(query: Query, live: readonly string[], limit: number): Promise<number> {
  if (live.length > 0) await query(keepStatement, [live]);
  const [row] = await query<{ done: number }>(forgetStatement, [limit]);
  return row?.done ?? 0;
}
