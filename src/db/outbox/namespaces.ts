import type { Query } from '../connection/connection.ts';

/**
 * The relay of any process moves what all of them publish, so which channels there are is a matter of the deployment: each
 * process says at its start, and then every hour, which namespaces it has. One that nobody has named for a week is gone.
 */
const lifetime = `interval '7 days'`;
export const namespaceRenewalMs = 3_600_000;

const unknownChannel = 'no domain of this deployment has such a channel';

const isKnown = (channel: string) => `exists (select from public.realtime_namespaces n
  where n.name = split_part(${channel}, ':', 1) and n.segments = cardinality(string_to_array(${channel}, ':')) - 1
    and n.seen_at > now() - ${lifetime})`;

/** SQL for why no reader can ever have this channel, or null. Where no process has named its namespaces, any can be had. */
export const nowhere = (channel: string) => `case
  when exists (select from public.realtime_namespaces) and not ${isKnown(channel)} then '${unknownChannel}' end`;

/**
 * A publication that was put aside because no process had its namespace comes back with the process that has it, such as
 * the one of the next version when the application was the first to be deployed.
 */
const registerStatement = `
with named as (
  insert into public.realtime_namespaces as n (name, segments)
  select * from unnest($1::text[], $2::integer[])
  on conflict (name) do update set segments = excluded.segments, seen_at = clock_timestamp()
  returning n.name, n.segments
), revived as (
  delete from public.realtime_dead_letters d using named
  where d.reason = '${unknownChannel}' and d.created_at > now() - ${lifetime}
    and named.name = split_part(d.channel, ':', 1) and named.segments = cardinality(string_to_array(d.channel, ':')) - 1
  returning d.*
)
insert into public.realtime_outbox (channel, type, event_type, data, created_at)
select channel, type, event_type, data, created_at from revived order by id`;

/** `segments`: by name, how many segments its channels have in the log. */
export async function registerNamespaces(query: Query, segments: ReadonlyMap<string, number>): Promise<void> {
  if (segments.size > 0) await query(registerStatement, [[...segments.keys()], [...segments.values()]]);
}
