import { isoTime } from '../../db/append-statements.ts';
import type { Query } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import { parsePosition } from '../../protocol/wire/position.ts';

/** A publication, or the place where it would be. */
export interface Sought {
  readonly channel: string;
  readonly epoch: string;
  readonly head: number;
  readonly oldest: number | null;
  readonly offset: number;
  /** Undefined where the log does not have it. */
  readonly found?: {
    readonly id: string;
    readonly type: string;
    readonly exclude: string | null;
    readonly timestamp: string;
    readonly sourceUserId: string | null;
  };
}

const headStatement = `
select epoch, last_offset::float8 as head,
  (select "offset" from public.realtime_publications p where p.channel = c.name order by "offset" limit 1)::float8 as oldest
from public.realtime_channels c where name = $1`;

const publicationStatement = (condition: string) => `
select "offset"::float8 as "offset", id, type, exclude, ${isoTime('created_at')} as timestamp, source_user_id as "sourceUserId"
from public.realtime_publications where channel = $1 and ${condition} limit 1`;

type Row = NonNullable<Sought['found']> & { readonly offset: number };

/** Undefined for a channel that nothing was ever published or read on. Throws `validation_failed`. */
export async function seek(
  query: Query,
  channel: string,
  { at, id }: { readonly at?: string | undefined; readonly id?: string | undefined },
): Promise<Sought | undefined> {
  const [head] = await query<{ epoch: string; head: number; oldest: number | null }>(headStatement, [
    channel,
  ]);
  if (!head) return undefined;
  const place = { channel, ...head };
  if (id !== undefined) {
    const [row] = await query<Row>(publicationStatement('id = $2'), [channel, id]);
    return row ? { ...place, offset: row.offset, found: row } : { ...place, offset: 0 };
  }
  const given = offsetOf(at);
  const offset = given?.offset ?? head.head;
  const isOtherLife = given?.epoch !== undefined && given.epoch !== head.epoch;
  if (isOtherLife) return { ...place, offset: 0 };
  const [row] = await query<Row>(publicationStatement('"offset" = $2'), [channel, offset]);
  return { ...place, offset, ...(row && { found: row }) };
}

function offsetOf(at: string | undefined): { readonly offset: number; readonly epoch?: string } | undefined {
  if (at === undefined) return undefined;
  if (/^\d{1,15}$/.test(at)) return { offset: Number(at) };
  const position = parsePosition(at);
  if (position) return position;
  throw new AppError(
    'validation_failed',
    '"at" is an offset, or a position as the server gave it: epoch:offset.',
    {
      field: 'at',
    },
  );
}

/** The rows of a channel that have not come into its log. */
export async function readStuck(query: Query, channel: string) {
  const [row] = await query<{ outbox: number; letters: number; reason: string | null }>(
    `select (select count(*) from (select from public.realtime_outbox where channel = $1 limit 1000) o)::integer as outbox,
      (select count(*) from (select from public.realtime_dead_letters where channel = $1 limit 1000) d)::integer as letters,
      (select reason from public.realtime_dead_letters where channel = $1 order by id desc limit 1) as reason`,
    [channel],
  );
  return row ?? { outbox: 0, letters: 0, reason: null };
}
