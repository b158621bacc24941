import { type SQL, sql } from 'drizzle-orm';
import { isoTime } from '../../db/append-statements.ts';
import type { Drizzle } from '../../db/connection/open.ts';
import { behind, type OrderColumn, type Page, type PageQuery, pageOf } from '../../db/paging.ts';
import { channelSegments } from '../../protocol/wire/channel-name.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { PublicationItem } from './model.ts';

/** A channel as Postgres has it. */
export interface ChannelRow extends Record<string, unknown> {
  readonly name: string;
  readonly epoch: string;
  readonly offset: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly perMinute: number | null;
  readonly oldestOffset: number | null;
}

/** The rate is read from one publication, whatever their number: the hundredth before the head. */
const rate = sql.raw(`(
  select least(99, c.last_offset - 1) / greatest(1, extract(epoch from now() - p.created_at) / 60)
  from public.realtime_publications p
  where p.channel = c.name and p."offset" = greatest(1, c.last_offset - 99) and c.last_offset > 1
)::float8`);

const columns = sql`c.name, c.epoch, c.last_offset::float8 as "offset", ${sql.raw(isoTime('c.created_at'))} as "createdAt",
  ${sql.raw(isoTime('c.updated_at'))} as "updatedAt", ${rate} as "perMinute"`;

const order: readonly OrderColumn[] = [[sql`c.name`, 'text']];

/** Channels by name; those of the engine itself are left out. */
export async function readChannels(
  db: Drizzle,
  search: string | undefined,
  { cursor, limit }: PageQuery,
): Promise<Page<ChannelRow>> {
  const { rows } = await db.execute<ChannelRow>(sql`
    select ${columns}, null as "oldestOffset" from public.realtime_channels c
    where c.name !~ '^_' and ${matching(search)} and ${behind(order, 'ascending', cursor) ?? sql`true`}
    order by c.name limit ${limit + 1}`);
  return pageOf(rows, limit, ({ name }) => [name]);
}

/** The namespace has an index, which leaves its channels alone to be looked through. */
function matching(search: string | undefined): SQL {
  if (search === undefined) return sql`true`;
  const [namespace, ...rest] = channelSegments(search);
  const inNamespace = rest.length > 0 ? sql`split_part(c.name, ':', 1) = ${namespace}` : sql`true`;
  return sql`(${inNamespace} and starts_with(c.name, ${search}))`;
}

export async function readChannel(db: Drizzle, name: string): Promise<ChannelRow | undefined> {
  const { rows } = await db.execute<ChannelRow>(sql`
    select ${columns},
      (select p."offset" from public.realtime_publications p where p.channel = c.name order by p."offset" limit 1)::float8
        as "oldestOffset"
    from public.realtime_channels c where c.name = ${name}`);
  return rows[0];
}

/** The newest first. Undefined for a channel that there is not. */
export async function readPublications(
  db: Drizzle,
  channel: string,
  before: number | undefined,
  limit: number,
): Promise<{ readonly head: Position; readonly rows: readonly PublicationItem[] } | undefined> {
  const head = await readChannel(db, channel);
  if (!head) return undefined;
  const { rows } = await db.execute<PublicationItem & Record<string, unknown>>(sql`
    select id, "offset"::float8 as "offset", type, event_type as "eventType", data, ${sql.raw(isoTime('created_at'))} as timestamp,
      source_user_id as "sourceUserId", exclude
    from public.realtime_publications
    where channel = ${channel} and "offset" < ${before ?? Number.MAX_SAFE_INTEGER}
    order by "offset" desc limit ${limit + 1}`);
  return { head, rows };
}

/** Somebody who was connected and read the channel. */
export interface AwayRow extends Record<string, unknown> {
  readonly userId: string;
  readonly deviceId: string;
  readonly transport: string;
  readonly isOfLife: boolean;
  readonly offset: number;
  readonly seenAt: string;
}

/** People who are looked at for one channel. */
export const maxAway = 500;

/** Those furthest behind first; one more than `maxAway` where there are more. */
export async function readAway(db: Drizzle, channel: string, epoch: string): Promise<readonly AwayRow[]> {
  const { rows } = await db.execute<AwayRow>(sql`
    select user_id as "userId", device_id as "deviceId", transport, epoch = ${epoch} as "isOfLife",
      "offset"::float8 as "offset", ${sql.raw(isoTime('seen_at'))} as "seenAt"
    from public.realtime_positions where channel = ${channel}
    order by epoch = ${epoch}, "offset", user_id collate "C" limit ${maxAway + 1}`);
  return rows;
}

/** Age of the first publication after `offset` that is kept, in milliseconds. */
export async function ageAfter(db: Drizzle, channel: string, offset: number): Promise<number | null> {
  const { rows } = await db.execute<{ ms: number }>(sql`
    select (extract(epoch from now() - created_at) * 1000)::float8 as ms from public.realtime_publications
    where channel = ${channel} and "offset" > ${offset} order by "offset" limit 1`);
  return rows[0]?.ms ?? null;
}
