import type { Exclusion, Publication } from '../../protocol/wire/publication.ts';
import type { Page } from '../../realtime/ports/event-log.ts';
import { isoTime } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';
import { Batching } from './batching/batching.ts';
import type { HeadRow } from './unused-channels.ts';

interface Asked {
  readonly channel: string;
  readonly after: number;
  readonly limit: number;
}

/** The data in one page, or in all pages that are read together. Bytes. */
const maxPageBytes = 1_048_576;
const maxBytes = 4 * maxPageBytes;
const leastPageBytes = 16_384;
/** Pages in one statement. */
const pagesAtOnce = maxBytes / leastPageBytes;

const readStatement = `
select a.ordinal::integer, c.epoch, c.last_offset, p."offset", p.id, p.type, p.event_type, p.data::text as data, p.exclude,
  ${isoTime('p.created_at')} as timestamp
from unnest($1::text[], $2::bigint[], $3::integer[]) with ordinality as a(channel, after, count, ordinal)
join public.realtime_channels c on c.name = a.channel
left join lateral (
  select *, sum(octet_length(page.data::text)) over so_far as bytes, row_number() over so_far as place
  from (
    select * from public.realtime_publications
    where channel = c.name and "offset" > a.after order by "offset" limit a.count
  ) page
  window so_far as (order by page."offset")
) p on p.bytes <= $4 or p.place = 1
order by a.ordinal, p."offset"`;

/** A row of a page. An empty page has one row with nulls, for the head. */
interface ReadRow extends Omit<HeadRow, 'name'> {
  /** The number of the page, from 1. */
  readonly ordinal: number;
  readonly offset: string | null;
  readonly id: string;
  readonly type: string;
  readonly event_type: string | null;
  readonly data: string;
  readonly exclude: Exclusion | null;
  readonly timestamp: string;
}

/** Pages of channels. All that are asked for at the same time share a statement. */
export class Pages {
  readonly #query: Query;
  readonly #batches: Batching<Asked, Page | undefined>;

  constructor(query: Query) {
    this.#query = query;
    this.#batches = new Batching({
      run: (pages) => this.#read(pages),
      costOf: () => 1,
      maxCost: pagesAtOnce,
    });
  }

  /** Reads as `EventLog.read`; undefined for a channel without a head. */
  async read(asked: Asked): Promise<Page | undefined> {
    const [page] = await this.#batches.ask([asked]);
    return page;
  }

  async #read(pages: readonly Asked[]): Promise<readonly (Page | undefined)[]> {
    const columns = [
      pages.map(({ channel }) => channel),
      pages.map(({ after }) => after),
      pages.map(({ limit }) => limit),
    ];
    const bytes = Math.min(maxPageBytes, Math.floor(maxBytes / pages.length));
    const rows = await this.#query<ReadRow>(readStatement, [...columns, bytes], 'prepared');
    const ofPages = Map.groupBy(rows, ({ ordinal }) => ordinal);
    return pages.map(({ channel }, index) => pageOf(channel, ofPages.get(index + 1)));
  }
}

function pageOf(channel: string, rows: readonly ReadRow[] = []): Page | undefined {
  const [first] = rows;
  if (!first) return undefined;
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

function publicationOf(channel: string, row: ReadRow): Publication {
  const { epoch, id, type, data, exclude, timestamp } = row;
  const eventType = row.event_type === null ? {} : { eventType: row.event_type };
  const optional = { ...eventType, ...(exclude && { exclude }) };
  return { id, channel, epoch, offset: Number(row.offset), type, ...optional, data, timestamp };
}
