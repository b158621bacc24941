import { sql } from 'drizzle-orm';
import type { Position } from '../../protocol/wire/position.ts';
import type { Appended, Draft, EventLog, Page, Retention } from '../../realtime/ports/event-log.ts';
import { newEpoch } from '../append-statements.ts';
import type { Query } from '../connection/connection.ts';
import type { Drizzle } from '../connection/driver.ts';
import type { Moved } from '../outbox/outbox-move.ts';
import type { Refusal, SourcedDraft } from '../triggers/row-source.ts';
import { allAppended } from './append.ts';
import { GroupCommit, type OnFlush } from './group-commit.ts';
import { Heads, readHeads } from './heads.ts';
import { Pages } from './pages.ts';
import { pruneKeys, prunePublications } from './prune.ts';
import { forgetUnused } from './unused-channels.ts';

interface Options {
  /** Largest data of a sourced publication, in bytes; 131,072 when left out. */
  readonly maxDataBytes?: number;
  /** The zone that a `timestamp without time zone` of a published row is meant in; UTC when left out. */
  readonly timestampZone?: string;
  readonly onFlush?: OnFlush;
  /** Told of what a snapshot moved from the outbox to the log. */
  readonly onRelayed?: (moved: Moved) => void;
}

/** The log in Postgres. Appends share statements, see {@link GroupCommit}. */
export class PostgresEventLog implements EventLog {
  readonly #query: Query;
  readonly #commits: GroupCommit;
  readonly #heads: Heads;
  readonly #pages: Pages;
  readonly timestampZone: string;
  readonly onRelayed: (moved: Moved) => void;

  constructor(
    database: { readonly query: Query },
    { maxDataBytes = 131_072, timestampZone = 'UTC', onFlush, onRelayed = () => undefined }: Options = {},
  ) {
    this.#query = database.query;
    this.#heads = new Heads(database.query);
    this.#pages = new Pages(database.query);
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

  head(channel: string): Promise<Position> {
    return this.#heads.open(channel);
  }

  heads(channels: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    return readHeads(this.#query, channels);
  }

  async read(channel: string, after: number, limit: number): Promise<Page> {
    const page = await this.#pages.read({ channel, after, limit });
    return page ?? { head: await this.head(channel), publications: [] };
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
