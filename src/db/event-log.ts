import { AppError } from '../errors.ts';
import type { Position } from '../protocol/position.ts';
import type { Publication } from '../protocol/publication.ts';
import type { Draft, EventLog, Page } from '../realtime/ports/event-log.ts';
import { appendWithin, isoTime, newEpoch } from './append.ts';
import type { Query } from './connection.ts';

/** Most drafts of several callers that share a statement; one caller's own list is never split. */
const maxBatch = 500;

interface Waiting {
  readonly drafts: readonly Draft[];
  readonly resolve: (publications: readonly Publication[]) => void;
  readonly reject: (reason: unknown) => void;
}

const headStatement = 'select epoch, last_offset from public.realtime_channels where name = $1';

const createStatement = `insert into public.realtime_channels (name, epoch, updated_at, created_at)
  values ($1, ${newEpoch}, clock_timestamp(), clock_timestamp()) on conflict (name) do nothing`;

const readStatement = `
select c.epoch, c.last_offset, p."offset", p.id, p.type, p.event_type, p.data::text as data,
  ${isoTime('p.created_at')} as timestamp
from public.realtime_channels c
left join lateral (
  select * from public.realtime_publications
  where channel = c.name and "offset" > $2 order by "offset" limit $3
) p on true
where c.name = $1 order by p."offset"`;

interface HeadRow {
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
  readonly timestamp: string;
}

/**
 * The log in Postgres. One append is in flight per process and what arrives meanwhile shares the next (group commit):
 * a batch costs one round trip and one flush of the server's disk, whatever the number of callers.
 */
export class PostgresEventLog implements EventLog {
  readonly #query: Query;
  #waiting: Waiting[] = [];
  #flushing = false;

  constructor(database: { readonly query: Query }) {
    this.#query = database.query;
  }

  append(drafts: readonly Draft[]): Promise<readonly Publication[]> {
    if (drafts.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ drafts, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      // A turn later, so that callers of the same turn share the first batch too.
      queueMicrotask(() => void this.#flush());
    });
  }

  async head(channel: string): Promise<Position> {
    const [row] = await this.#query<HeadRow>(headStatement, [channel]);
    if (row) return { epoch: row.epoch, offset: Number(row.last_offset) };
    await this.#query(createStatement, [channel]);
    return this.head(channel);
  }

  async read(channel: string, after: number, limit: number): Promise<Page> {
    const rows = await this.#query<ReadRow>(readStatement, [channel, after, limit]);
    const [first] = rows;
    if (!first) return { head: await this.head(channel), publications: [] };
    return {
      head: { epoch: first.epoch, offset: Number(first.last_offset) },
      publications: rows.filter((row) => row.offset !== null).map((row) => publicationOf(channel, row)),
    };
  }

  /** Never rejects: each failure goes to the callers it belongs to. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#appendTogether(this.#takeBatch());
    this.#flushing = false;
  }

  #takeBatch(): Waiting[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ drafts }, index) => {
      size += drafts.length;
      return index > 0 && size > maxBatch;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #appendTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const publications = await appendWithin(
        this.#query,
        batch.flatMap(({ drafts }) => drafts),
      );
      let start = 0;
      for (const { drafts, resolve } of batch) {
        resolve(publications.slice(start, start + drafts.length));
        start += drafts.length;
      }
    } catch (error) {
      const unavailable = error instanceof AppError && error.code === 'database_unavailable';
      // A refused statement did nothing, so each can be tried alone and one bad draft fails only its own caller.
      // After a lost connection the batch may have been committed: trying again could append it twice.
      if (batch.length === 1 || unavailable) for (const { reject } of batch) reject(error);
      else for (const waiting of batch) await this.#appendTogether([waiting]);
    }
  }
}

function publicationOf(channel: string, row: ReadRow): Publication {
  const { epoch, id, type, data, timestamp } = row;
  const eventType = row.event_type === null ? {} : { eventType: row.event_type };
  return { id, channel, epoch, offset: Number(row.offset), type, ...eventType, data, timestamp };
}
