import type { Position } from '../../protocol/wire/position.ts';
import type { Exclusion, Publication } from '../../protocol/wire/publication.ts';

/** A publication as a publisher hands it over; the log adds offset, epoch and time. */
export interface Draft {
  readonly id: string;
  readonly channel: string;
  readonly type: string;
  readonly eventType?: string;
  /** JSON text. */
  readonly data: string;
  /** The user who caused it, if a person did. */
  readonly sourceUserId?: string;
  /**
   * The same key on the same channel within 24 hours is the same publication: it is appended once. With another type,
   * data or exclusion it is refused.
   */
  readonly idempotencyKey?: string;
  /** Further text that has to be the same when the key comes again. */
  readonly idempotencyContext?: string;
  readonly exclude?: Exclusion;
}

/** A publication as an append returns it. */
export interface Appended extends Publication {
  /** True when the idempotency key was known: offset, id and time are those of the first append, nothing was added. */
  readonly repeated?: true;
}

export interface Page {
  /** The end of the channel when the page was read, from the same snapshot as the publications. */
  readonly head: Position;
  /** Consecutive publications after the offset asked for, oldest first. */
  readonly publications: readonly Publication[];
}

/** The bounds of a namespace's history: a publication is pruned when it is over either. */
export interface Retention {
  /** Milliseconds since it was published. */
  readonly ageMs: number;
  /** Publications of one channel. */
  readonly count: number;
}

/**
 * Durable, ordered, readable history. Every implementation passes `eventLogContract` of `tambuli/contracts`.
 *
 * R2: offsets of a channel are 1, 2, 3, … without a gap, in commit order, whatever the number of writers and
 * processes; timestamps of a channel never run backwards. All methods throw AppError `database_unavailable` when the
 * storage cannot be reached in time; an append that threw may or may not have happened.
 */
export interface EventLog {
  /**
   * Appends all drafts or none, those of one channel in the order given, and returns them in the order given. Throws
   * AppError `idempotency_conflict` for a known key with other content.
   */
  append(drafts: readonly Draft[]): Promise<readonly Appended[]>;
  /** The end of the channel. A channel that never had a publication gets its epoch now and keeps it. */
  head(channel: string): Promise<Position>;
  /** The ends of many channels in one read; channels the log does not know are left out. */
  heads(channels: readonly string[]): Promise<ReadonlyMap<string, Position>>;
  /**
   * At most `limit` publications with an offset above `after`, and no more of them than make a megabyte of data,
   * but for a first one that is larger. Pruned ones are left out: a page that does not begin at `after + 1` while
   * the head is further says that the range is gone.
   */
  read(channel: string, after: number, limit: number): Promise<Page>;
  /**
   * Removes at most `limit` publications of a namespace that are over its retention. Returns how many. `channels` are
   * those that may have more than their count; all of the namespace when left out.
   */
  prune(
    namespace: string,
    retention: Retention,
    limit: number,
    channels?: readonly string[],
  ): Promise<number>;
  /**
   * Forgets channels that were opened an hour ago and have no publication, but those that are `live` here, or were in
   * another process within half an hour. Looks at `limit` at most, and returns at how many.
   */
  forgetUnused(live: readonly string[], limit: number): Promise<number>;
}
