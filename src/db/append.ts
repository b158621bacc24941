import type { Publication } from '../protocol/publication.ts';
import type { Draft } from '../realtime/ports/event-log.ts';
import type { Query } from './connection.ts';

/** ISO 8601 with milliseconds, cut and not rounded: what the log says of a row is the same whoever reads it. */
export const isoTime = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export const newEpoch = 'substr(gen_random_uuid()::text, 1, 8)';

/**
 * R2: the channel rows are locked in one order everywhere, so batches never deadlock, and `greatest` reads the clock
 * under that lock, so timestamps run with the offsets.
 */
const appendStatement = `
with draft as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    with ordinality as d(channel, id, type, event_type, data, source_user_id, ordinal)
), head as (
  insert into public.realtime_channels as c (name, epoch, last_offset, updated_at, created_at)
  select channel, ${newEpoch}, count(*), clock_timestamp(), clock_timestamp()
  from draft group by channel order by channel collate "C"
  on conflict (name) do update set
    last_offset = c.last_offset + excluded.last_offset,
    updated_at = greatest(c.updated_at, clock_timestamp())
  returning name, epoch, last_offset, updated_at
), log as (
  insert into public.realtime_publications
    (channel, "offset", id, type, event_type, data, created_at, source_user_id)
  select d.channel,
    head.last_offset - count(*) over channel + row_number() over (channel order by d.ordinal),
    d.id, d.type, d.event_type, d.data::json, head.updated_at, d.source_user_id
  from draft d join head on head.name = d.channel
  window channel as (partition by d.channel)
)
select name, epoch, last_offset, ${isoTime('updated_at')} as timestamp from head`;

interface HeadRow {
  readonly name: string;
  readonly epoch: string;
  /** bigint, which drivers give as text. */
  readonly last_offset: string;
  readonly timestamp: string;
}

/**
 * Appends in one statement, all or none. In a caller's transaction it is to be the last statement: from here to the
 * commit every other publisher on these channels waits.
 */
export async function appendWithin(query: Query, drafts: readonly Draft[]): Promise<readonly Publication[]> {
  if (drafts.length === 0) return [];
  const heads = await query<HeadRow>(appendStatement, [
    drafts.map((draft) => draft.channel),
    drafts.map((draft) => draft.id),
    drafts.map((draft) => draft.type),
    drafts.map((draft) => draft.eventType ?? null),
    drafts.map((draft) => draft.data),
    drafts.map((draft) => draft.sourceUserId ?? null),
  ]);
  return place(drafts, heads);
}

/** Offsets follow from the heads after the append: the drafts of a channel are its last ones, in the order given. */
function place(drafts: readonly Draft[], heads: readonly HeadRow[]): Publication[] {
  const next = new Map(heads.map((head) => [head.name, { ...head, offset: Number(head.last_offset) }]));
  for (const draft of drafts) {
    const head = next.get(draft.channel);
    if (head) head.offset--;
  }
  return drafts.map(({ sourceUserId: _, ...content }) => {
    const head = next.get(content.channel);
    if (!head) throw new Error('The append answered without a channel of its drafts');
    return { ...content, epoch: head.epoch, offset: ++head.offset, timestamp: head.timestamp };
  });
}
