/*
 * Every statement locks a lease first, then rows of realtime_presence in the order below: no two of them deadlock. What
 * is computed from a locked row is computed from its latest version, whatever the statement's snapshot shows.
 */
const inOrder = 'order by channel collate "C", user_id collate "C"';

/** Makes or renews the lease of the process; `created` says that it had none. */
const lease = `
with lease as (
  insert into public.realtime_processes as p (id) values ($1)
  on conflict (id) do update set seen_at = clock_timestamp() returning p.xmax = 0 as created
)`;

/**
 * Answers for each of the given `new`, `known`, or `again`; and whether the process had no lease.
 *
 * The insert locks what is there already (`where false` still does) and adds what is not; only then are the old counts
 * read. A row that came after the snapshot was taken is locked but cannot be read: that one is to be asked for again.
 */
export const enterStatement = `${lease}, given as (
  select *, row_number() over (partition by channel, user_id order by ordinal) as turn
  from unnest($2::text[], $3::text[], $4::text[]) with ordinality as g(channel, user_id, role, ordinal)
), asked as (
  select channel, user_id, (array_agg(role order by ordinal))[1] as role, count(*) as times
  from given group by channel, user_id
), added as (
  insert into public.realtime_presence as p (channel, user_id, role, counts)
  select channel, user_id, role, jsonb_build_object($1::text, times) from asked cross join lease ${inOrder}
  on conflict (channel, user_id) do update set role = p.role where false
  returning channel, user_id
), present as materialized (
  select p.channel, p.user_id, p.counts
  from public.realtime_presence p join asked a on a.channel = p.channel and a.user_id = p.user_id
  where (select count(*) from added) >= 0
  for no key update of p
), before as (
  select channel, user_id, 0 as total from added
  union all
  select channel, user_id, (select sum(value::integer) from jsonb_each_text(counts)) from present
), due as materialized (
  select * from asked left join before using (channel, user_id)
), counted as (
  update public.realtime_presence p
  set counts = p.counts || jsonb_build_object($1::text, coalesce((p.counts ->> $1)::integer, 0) + due.times)
  from due
  where p.channel = due.channel and p.user_id = due.user_id and due.total > 0
)
select lease.created, case
    when due.total is null then 'again'
    when due.total + g.turn = 1 then 'new'
    else 'known'
  end as answer
from given g join due using (channel, user_id) cross join lease order by g.ordinal`;

/** Writes the counts that `rest` says of the rows it has locked; rows without any are gone, and are `ended`. */
const settle = `
ended as (
  delete from public.realtime_presence p using rest
  where p.channel = rest.channel and p.user_id = rest.user_id and rest.counts = '{}'
  returning p.channel, p.user_id
), lessened as (
  update public.realtime_presence p set counts = rest.counts from rest
  where p.channel = rest.channel and p.user_id = rest.user_id and rest.counts <> '{}'
)`;

/**
 * Makes the given the counts of the process; each user of a channel is given once. Answers for each how many the other
 * processes have. What is there is locked first, in order, so that what two processes tell at once meets no deadlock.
 */
export const tellStatement = `${lease}, given as (
  select * from unnest($2::text[], $3::text[], $4::text[], $5::integer[])
    with ordinality as g(channel, user_id, role, count, ordinal)
), present as materialized (
  select p.channel, p.user_id, p.counts - $1::text as others, g.count
  from public.realtime_presence p join given g on g.channel = p.channel and g.user_id = p.user_id
  where (select count(*) from lease) > 0
  order by p.channel collate "C", p.user_id collate "C" for update of p
), rest as (
  select channel, user_id, others as counts from present where count = 0
), told as (
  insert into public.realtime_presence as p (channel, user_id, role, counts)
  select channel, user_id, role, jsonb_build_object($1::text, count)
  from given where count > 0 and (select count(*) from present) >= 0 ${inOrder}
  on conflict (channel, user_id) do update set counts = p.counts || excluded.counts
  returning channel, user_id, p.counts - $1::text as others
), ${settle}
select lease.created, coalesce((
    select sum(value::integer) from jsonb_each_text(coalesce(told.others, present.others))), 0)::integer as elsewhere
from given g
left join told on told.channel = g.channel and told.user_id = g.user_id
left join present on present.channel = g.channel and present.user_id = g.user_id
cross join lease order by g.ordinal`;

/** Answers which of the given, counted from 1, was the last of its user. */
export const leaveStatement = `
with asked as (
  select channel, user_id, count(*) as times, max(ordinal) as last
  from unnest($2::text[], $3::text[]) with ordinality as g(channel, user_id, ordinal) group by channel, user_id
), rest as materialized (
  select channel, user_id, case
      when (p.counts ->> $1)::integer <= asked.times then p.counts - $1::text
      else p.counts || jsonb_build_object($1::text, (p.counts ->> $1)::integer - asked.times)
    end as counts
  from public.realtime_presence p join asked using (channel, user_id)
  where p.counts ? $1 ${inOrder} for update of p
), ${settle}
select asked.last::integer as last from ended join asked using (channel, user_id)`;

/** Takes the processes `gone` out of every row. */
const strip = `
rest as materialized (
  select channel, user_id, counts - array(select id from gone) as counts from public.realtime_presence
  where exists (select from gone) and counts ?| array(select id from gone) ${inOrder} for update
), ${settle}`;

/**
 * A lease that is locked is being renewed or reaped, so it is let be: each process is reaped once. The own entries go
 * when they are `lost`, or `held` without a lease. Answers at least one row, its channel null when nobody has left.
 */
export const beatStatement = `
with lease as (
  update public.realtime_processes set seen_at = clock_timestamp() where id = $1 returning id
), dead as (
  select id from public.realtime_processes
  where (select count(*) from lease) >= 0
    and id <> $1 and seen_at < clock_timestamp() - $2 * interval '1 millisecond'
  for update skip locked
), reaped as (
  delete from public.realtime_processes p using dead where p.id = dead.id returning p.id
), gone as materialized (
  select id from reaped
  union all
  select $1 where $3::text = 'lost' or ($3::text = 'held' and not exists (select from lease))
), ${strip}
select exists (select from lease) as renewed, ended.channel, ended.user_id
from (select 1) one left join ended on true`;

/** Ends the process with everything it has. */
export const endStatement = `
with gone as (
  delete from public.realtime_processes where id = $1 returning id
), ${strip}
select count(*) from ended`;

/** Answers at least one row, its user null when nobody is listed. */
export const membersStatement = `
select (select count(*)::integer from public.realtime_presence where channel = $1) as count,
  m.user_id, m.role, floor(extract(epoch from m.joined_at) * 1000)::float8 as since
from (select 1) one
left join lateral (
  select user_id, role, joined_at from public.realtime_presence
  where channel = $1 order by joined_at, user_id collate "C" limit $2
) m on true
order by m.joined_at, m.user_id collate "C"`;
