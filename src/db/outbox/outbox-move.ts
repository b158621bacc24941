import type { Publication } from '../../protocol/wire/publication.ts';
import { bumpHeads, isoTime } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';
import { nowhere } from './namespaces.ts';

/** The result of moving a batch of the outbox. */
export interface Moved {
  /** Rows that left the outbox. */
  readonly count: number;
  /** Whether the batch was full, so that more may wait. */
  readonly isFull: boolean;
  /** Committed, in the order they were dropped. */
  readonly publications: readonly Publication[];
  readonly dead: readonly DeadLetter[];
  /** From when the oldest row was dropped, in milliseconds. */
  readonly lagMs: number;
}

export interface DeadLetter {
  /** The id of the row in realtime_dead_letters. */
  readonly id: number;
  readonly channel: string;
  readonly reason: string;
}

/** All of a batch is delivered in one turn, which has to fit into the send buffer of a reader that keeps up (R4). */
const maxBytes = 512 * 1024;
/** Any number, as long as it is always this one. */
const lockKey = 7_266_854;

/**
 * R5: one statement takes what is visible, appends it and is rid of it, so it happens whole or not at all. The lock
 * lasts as long as the statement, passes poolers, and falls with its connection: nothing is moved twice or out of
 * order. Ids are handed out one by one, so rows of one transaction keep their order, and a transaction that began after
 * another had committed comes after it; nothing depends on ids that are not visible yet.
 */
const moveStatement = `
with turn as materialized (
  select pg_try_advisory_xact_lock(${lockKey}) as mine
), taken as (
  delete from public.realtime_outbox
  where id in (
    select id from (
      select id, sum(bytes) over (order by id) - bytes as bytes_before from (
        select id, octet_length(data::text) as bytes from public.realtime_outbox
        where (select mine from turn) and ($2::text[] is null or channel = any($2)) order by id limit $1
      ) waiting
    ) measured where bytes_before < ${maxBytes}
  )
  returning *
), judged as materialized (
  select id, channel, type, event_type, data, created_at,
    coalesce(public.realtime_fault(channel, type, event_type, octet_length(data::text)), ${nowhere('channel')}) as fault
  from taken
), draft as materialized (
  select id as ordinal, gen_random_uuid()::text as id, channel, type, event_type, data from judged where fault is null
), head as (${bumpHeads('draft')}
), placed as materialized (
  select d.*, head.epoch, head.updated_at,
    head.last_offset - count(*) over channel + row_number() over (channel order by d.ordinal) as "offset"
  from draft d join head on head.name = d.channel
  window channel as (partition by d.channel)
), log as (
  insert into public.realtime_publications (channel, "offset", id, type, event_type, data, created_at)
  select channel, "offset", id, type, event_type, data, updated_at from placed
), dead as (
  insert into public.realtime_dead_letters (id, channel, type, event_type, data, created_at, reason)
  select id, channel, type, event_type, data, created_at, fault from judged where fault is not null
)
select j.id as ordinal, j.fault, p.id, j.channel, p.epoch, p."offset", j.type, j.event_type, j.data::text as data,
  ${isoTime('p.updated_at')} as timestamp,
  extract(epoch from clock_timestamp() - j.created_at)::float8 * 1000 as lag_ms
from judged j left join placed p on p.ordinal = j.id order by j.id`;

interface MovedRow {
  readonly ordinal: string;
  readonly fault: string | null;
  readonly id: string;
  readonly channel: string;
  readonly epoch: string;
  readonly offset: string;
  readonly type: string;
  readonly event_type: string | null;
  readonly data: string;
  readonly timestamp: string;
  readonly lag_ms: number;
}

/** Moves at most `limit` rows, fewer large ones, of these channels or of all; none while another process does. */
export async function moveOutbox(
  query: Query,
  limit: number,
  channels: readonly string[] | null = null,
): Promise<Moved> {
  const rows = await query<MovedRow>(moveStatement, [limit, channels]);
  const bytes = rows.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
  return {
    count: rows.length,
    isFull: rows.length === limit || bytes >= maxBytes,
    publications: rows.filter(({ fault }) => fault === null).map(publicationOf),
    dead: rows.flatMap(({ ordinal, channel, fault }) =>
      fault ? [{ id: Number(ordinal), channel, reason: fault }] : [],
    ),
    lagMs: Math.max(0, ...rows.map((row) => row.lag_ms)),
  };
}

const buryStatement = `
with turn as materialized (
  select pg_try_advisory_xact_lock(${lockKey}) as mine
), taken as (
  delete from public.realtime_outbox
  where id in (select id from public.realtime_outbox where (select mine from turn) order by id limit 1)
  returning *
)
insert into public.realtime_dead_letters (id, channel, type, event_type, data, created_at, reason)
select id, channel, type, event_type, data, created_at, $1 from taken returning id, channel`;

const unreportedStatement = `update public.realtime_dead_letters set is_reported = true where not is_reported
  returning id, channel, reason`;

/** The dead letters of triggers that no process has reported yet; each is returned once. */
export async function takeUnreported(query: Query): Promise<readonly DeadLetter[]> {
  const rows = await query<DeadLetter & { id: string }>(unreportedStatement, [], 'prepared');
  return rows.map(({ id, channel, reason }) => ({ id: Number(id), channel, reason }));
}

/** Takes the first row out of the way of the others. */
export async function buryFirst(query: Query, reason: string): Promise<DeadLetter | undefined> {
  const [row] = await query<{ id: string; channel: string }>(buryStatement, [reason]);
  return row && { id: Number(row.id), channel: row.channel, reason };
}

function publicationOf(row: MovedRow): Publication {
  const { id, channel, epoch, type, data, timestamp } = row;
  const eventType = row.event_type === null ? {} : { eventType: row.event_type };
  return { id, channel, epoch, offset: Number(row.offset), type, ...eventType, data, timestamp };
}
