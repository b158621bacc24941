import type { Position } from '../../protocol/position.ts';
import type { Publication } from '../../protocol/publication.ts';

/** What a publisher hands over; the log adds offset, epoch and time. */
export interface Draft {
  readonly id: string;
  readonly channel: string;
  readonly type: string;
  readonly eventType?: string;
  /** JSON text. */
  readonly data: string;
  /** Who caused it, if a person did. */
  readonly sourceUserId?: string;
}

export interface Page {
  /** The end of the channel when the page was read, from the same snapshot as the publications. */
  readonly head: Position;
  /** Consecutive publications after the offset asked for, oldest first. */
  readonly publications: readonly Publication[];
}

/**
 * Durable, ordered, readable history. Every implementation passes `test/contracts/event-log.ts`.
 *
 * R2: offsets of a channel are 1, 2, 3, … without a gap, in commit order, whatever the number of writers and
 * processes; timestamps of a channel never run backwards. All methods throw AppError `database_unavailable` when the
 * storage cannot be reached in time; an append that threw may or may not have happened.
 */
export interface EventLog {
  /** Appends all drafts or none, those of one channel in the order given. Answers in the order given. */
  append(drafts: readonly Draft[]): Promise<readonly Publication[]>;
  /** The end of the channel. A channel that never had a publication gets its epoch now and keeps it. */
  head(channel: string): Promise<Position>;
  /** At most `limit` publications with an offset above `after`. */
  read(channel: string, after: number, limit: number): Promise<Page>;
}
