/** ISO 8601 with milliseconds, cut and not rounded, so that the log says the same of a row to every reader. */
export const isoTime = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export const newEpoch = 'substr(gen_random_uuid()::text, 1, 8)';

/** The lifetime of an idempotency key. */
export const keyLifetime = `interval '24 hours'`;

/**
 * R2: the channel rows are locked in one order everywhere, so batches never deadlock, and `greatest` reads the clock
 * under that lock, so timestamps run with the offsets.
 */
export const bumpHeads = (drafts: string) => `
  insert into public.realtime_channels as c (name, epoch, last_offset, updated_at, created_at)
  select channel, ${newEpoch}, count(*), clock_timestamp(), clock_timestamp()
  from ${drafts} group by channel order by channel collate "C"
  on conflict (name) do update set
    last_offset = c.last_offset + excluded.last_offset,
    updated_at = greatest(c.updated_at, clock_timestamp())
  returning name, epoch, last_offset, updated_at`;

/** For drafts that carry their data and no key, as most do. Returns the heads after the append. */
export const appendPlain = `
with draft as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    with ordinality as d(channel, id, type, event_type, data, source_user_id, exclude, ordinal)
), head as (${bumpHeads('draft')}
), log as (
  insert into public.realtime_publications
    (channel, "offset", id, type, event_type, data, created_at, source_user_id, exclude)
  select d.channel,
    head.last_offset - count(*) over channel + row_number() over (channel order by d.ordinal),
    d.id, d.type, d.event_type, d.data::json, head.updated_at, d.source_user_id, d.exclude
  from draft d join head on head.name = d.channel
  window channel as (partition by d.channel)
)
select name, epoch, last_offset, ${isoTime('updated_at')} as timestamp from head`;

const rowsOf = (after: string) => `public.realtime_rows(
    asked.relation::regclass, asked.key_column, asked.key_type::regtype, asked.shape::json, asked.keys, ${after})`;

/**
 * The row, or its key alone where row and added members are larger than $15 bytes: a change is told whatever its
 * size.
 */
const fittingRow = `case
    when octet_length(coalesce(latest.wire_row, seen.wire_row)) + octet_length(d.data) <= $15
      then coalesce(latest.wire_row, seen.wire_row)
    else '{"' || asked.wire_key || '":' ||
      case asked.key_type when 'integer' then d.row_key else to_json(d.row_key)::text end || ',"truncated":true}'
  end`;

/**
 * For drafts with an idempotency key or a row source. Answers one row for each draft.
 *
 * Rows are read twice: before the channels are locked, to know which are there, and after, so that of two publications
 * of a row the later one never shows an older state. A writer of the same key on another connection waits at the
 * channel; its statement does not see the key and fails at the end, to run again and see it. A known key is answered
 * whatever became of the row.
 *
 * With $17, a key stands for what was published under it: a known key with other content makes the whole statement
 * append nothing and mark the draft with `clashes`. Rows written before contents were hashed match any content.
 */
export const appendResolved = `
with given as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::bigint[], $10::text[], $16::text[])
    with ordinality as g(channel, id, type, event_type, data, source_user_id, exclude, key, source, row_key, context, ordinal)
), asked as (
  select s.*, array_agg(distinct g.row_key) as keys
  from unnest($11::text[], $12::text[], $13::text[], $14::text[], $18::text[])
    with ordinality as s(relation, key_column, key_type, shape, wire_key, source)
  join given g on g.source = s.source
  group by s.source, s.relation, s.key_column, s.key_type, s.shape, s.wire_key
), seen as materialized (
  select asked.source, r.key, r.wire_row::text as wire_row
  from asked cross join lateral ${rowsOf('0')} r
), hashed as (
  select g.*, case when $17 and g.key is not null then encode(sha256(convert_to(json_build_array(
      g.type, g.event_type, g.data, g.exclude, g.row_key, g.context)::text, 'UTF8')), 'base64') end as hash
  from given g
), draft as materialized (
  select g.*, known.epoch as known_epoch, known."offset" as known_offset, known.id as known_id,
    known.created_at as known_at,
    row_number() over same_key as turn,
    coalesce(known.content_hash <> g.hash or first_value(g.hash) over same_key <> g.hash, false) as clashes
  from hashed g
  left join seen on seen.source = g.source and seen.key = g.row_key
  left join public.realtime_idempotency_keys known on known.channel = g.channel and known.key = g.key
    and known.created_at > now() - ${keyLifetime}
  where g.source is null or known.id is not null or seen.key is not null
  window same_key as (partition by g.channel, g.key order by g.ordinal)
), fresh as (
  select * from draft where (key is null or (turn = 1 and known_id is null))
    and not exists (select from draft where clashes)
), head as (${bumpHeads('fresh')}
), latest as materialized (
  select asked.source, r.key, r.wire_row::text as wire_row
  from asked cross join lateral ${rowsOf('(select count(*) from head)')} r
), content as materialized (
  select d.ordinal, case
      when d.source is null then d.data
      when d.data = '{}' then fitting.wire_row
      else left(fitting.wire_row, -1) || ',' || substr(d.data, 2)
    end as data
  from draft d
  left join asked on asked.source = d.source
  left join seen on seen.source = d.source and seen.key = d.row_key
  left join latest on latest.source = d.source and latest.key = d.row_key
  cross join lateral (select ${fittingRow} as wire_row) fitting
), placed as materialized (
  select f.*, head.epoch, head.updated_at, content.data::json as content,
    head.last_offset - count(*) over channel + row_number() over (channel order by f.ordinal) as "offset"
  from fresh f join head on head.name = f.channel join content on content.ordinal = f.ordinal
  window channel as (partition by f.channel)
), log as (
  insert into public.realtime_publications
    (channel, "offset", id, type, event_type, data, created_at, source_user_id, exclude)
  select channel, "offset", id, type, event_type, content, updated_at, source_user_id, exclude from placed
), keyed as (
  insert into public.realtime_idempotency_keys as k (channel, key, epoch, "offset", id, content_hash, created_at)
  select channel, key, epoch, "offset", id, hash, updated_at from placed where key is not null
  on conflict (channel, key) do update set
    epoch = excluded.epoch, "offset" = excluded."offset", id = excluded.id, content_hash = excluded.content_hash,
    created_at = case when k.created_at > now() - ${keyLifetime} then public.realtime_key_taken()
      else excluded.created_at end
)
select g.ordinal, coalesce(own.epoch, first.epoch, draft.known_epoch) as epoch,
  coalesce(own."offset", first."offset", draft.known_offset) as "offset",
  coalesce(own.id, first.id, draft.known_id) as id,
  ${isoTime('coalesce(own.updated_at, first.updated_at, draft.known_at)')} as timestamp,
  own.ordinal is null as repeated, coalesce(draft.clashes, false) as clashes,
  case when g.source is not null then content.data end as data,
  case when draft.ordinal is null then 'missing' end as refusal
from given g
left join draft on draft.ordinal = g.ordinal
left join content on content.ordinal = g.ordinal
left join seen on seen.source = g.source and seen.key = g.row_key
left join placed own on own.ordinal = g.ordinal
left join placed first on first.channel = g.channel and first.key = g.key
order by g.ordinal`;
