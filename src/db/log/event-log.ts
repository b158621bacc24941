import { sql } from 'drizzle-orm';
import type { Position } from '../../protocol/wire/position.ts';
import type { Exclusion, Publication } from '../../protocol/wire/publication.ts';
import type { Appended, Draft, EventLog, Page, Retention } from '../../realtime/ports/event-log.ts';
import { isoTime, newEpoch } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';
import type { Drizzle } from '../connection/driver.ts';
import type { Moved } from '../outbox/outbox-move.ts';
import type { Refusal, SourcedDraft } from '../triggers/row-source.ts';
import { allAppended } from './append.ts';
import { GroupCommit, type OnFlush } from './group-commit.ts';
import { pruneKeys, prunePublications } from './prune.ts';
import { forgetUnused, openChannel } from './unused-channels.ts';

interface Options {
  /** Largest data of a sourced publication, in bytes; 131,072 when left out. */
  readonly maxDataBytes?: number;
  /** The zone that a `timestamp without time zone` of a published row is meant in; UTC when left out. */
  readonly timestampZone?: string;
  readonly onFlush?: OnFlush;
  /** Told of what a snapshot moved from the outbox to the log. */
  readonly onRelayed?: (moved: Moved) => void;
}

const headsStatement =
  'select name, epoch, last_offset from public.realtime_channels where name = any($1::text[])';

const maxPageBytes = 1_048_576;

const readStatement = `
select c.epoch, c.last_offset, p."offset", p.id, p.type, p.event_type, p.data::text as data, p.exclude,
  ${isoTime('p.created_at')} as timestamp
from public.realtime_channels c
left join lateral (
  select *, sum(octet_length(page.data::text)) over so_far as bytes, row_number() over so_far as place
  from (
    select * from public.realtime_publications
    where channel = c.name and "offset" > $2 order by "offset" limit $3
  ) page
  window so_far as (order by page."offset")
) p on p.bytes <= ${maxPageBytes} or p.place = 1
where c.name = $1 order by p."offset"`;

interface HeadRow {
  readonly name: string;
  readonly epoch: string;
  readonly last_offset: string;
}

/** Of an empty page one row with nulls is left, for the head. */
interface ReadRow extends HeadRow {
  readonly offset: string | null;
  readonly id: string;
  readonly type: string;
  readonly event_type: string | null;
  readonly data: string;
  readonly exclude: Exclusion | null;
  readonly timestamp: string;
}

/** The log in Postgres. Appends share statements, see {@link GroupCommit}. */
export class PostgresEventLog implements EventLog {
  readonly #query: Query;
  readonly #commits: GroupCommit;
  readonly timestampZone: string;
  readonly onRelayed: (moved: Moved) => void;

  constructor(
    database: { readonly query: Query },
    { maxDataBytes = 131_072, timestampZone = 'UTC', onFlush, onRelayed = () => undefined }: Options = {},
  ) {
    this.#query = database.query;
    this.timestampZone = timestampZone;
    this.onRelayed = onRelayed;
    const limits = { maxBytes: maxDataBytes, zone: timestampZone };
    this.#commits = new GroupCommit(database.query, limits, onFlush);
  }

  async append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    return allAppended(await this.#commits.append(drafts));
  }

  /**
   * Reads the rows and appends them in the same statement, which other callers share. The drafts whose rows are not
   * there append nothing and return why.
   */
  appendFrom(drafts: readonly SourcedDraft[]): Promise<readonly (Appended | Refusal)[]> {
    return this.#commits.append(drafts);
  }

  async head(channel: string): Promise<Position> {
    const known = (await this.heads([channel])).get(channel);
    if (known) return known;
    await openChannel(this.#query, channel);
    return this.head(channel);
  }

  heads(channels: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    return readHeads(this.#query, channels);
  }

  async read(channel: string, after: number, limit: number): Promise<Page> {
    const rows = await this.#query<ReadRow>(readStatement, [channel, after, limit]);
    const [first] = rows;
    if (!first) return { head: await this.head(channel), publications: [] };
    const start = Number(first.offset);
    // Two processes that prune may leave a hole for a moment: the page ends before it, the next says the range is gone.
    const publications = rows.filter(
      ({ offset }, index) => offset !== null && Number(offset) === start + index,
    );
    return {
      head: { epoch: first.epoch, offset: Number(first.last_offset) },
      publications: publications.map((row) => publicationOf(channel, row)),
    };
  }

  async prune(
    namespace: string,
    retention: Retention,
    limit: number,
    channels?: readonly string[],
  ): Promise<number> {
    await pruneKeys(this.#query, limit);
    return prunePublications(this.#query, namespace, retention, limit, channels);
  }

  forgetUnused(live: readonly string[], limit: number): Promise<number> {
    return forgetUnused(this.#query, live, limit);
  }
}

/** Makes the head of a channel in the caller's transaction, for rows that refer to it; an existing one stays. */
export async function createHead(tx: Drizzle, channel: string): Promise<void> {
  await tx.execute(sql`insert into public.realtime_channels (name, epoch, updated_at, created_at)
    values (${channel}, ${sql.raw(newEpoch)}, clock_timestamp(), clock_timestamp()) on conflict (name) do nothing`);
}

/** As `EventLog.heads`, where the caller's transaction sees them. */
export async function readHeads(
  query: Query,
  channels: readonly string[],
): Promise<ReadonlyMap<string, Position>> {
  const rows = await query<HeadRow>(headsStatement, [channels]);
  return new Map(rows.map((row) => [row.name, { epoch: row.epoch, offset: Number(row.last_offset) }]));
}

function publicationOf(channel: string, row: ReadRow): Publication {
  const { epoch, id, type, data, exclude, timestamp } = row;
  const eventType = row.event_type === null ? {} : { eventType: row.event_type };
  const optional = { ...eventType, ...(exclude && { exclude }) };
  return { id, channel, epoch, offset: Number(row.offset), type, ...optional, data, timestamp };
}
