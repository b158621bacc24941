import type { Exclusion } from '../../protocol/wire/publication.ts';
import type { ResolvedChannel } from '../channels/namespace.ts';
import type { Appended } from '../ports/event-log.ts';

/** A publication as its publisher words it. The channel is the name in the log (`personalChannel` for one user's). */
export interface NewPublication {
  readonly channel: string;
  readonly type: string;
  readonly eventType?: string;
  /** Any JSON value; or a `SharedData`, for data of several publications. */
  readonly data: unknown;
  readonly sourceUserId?: string;
  /**
   * The same key on the same channel within 24 hours publishes once and returns the first time's receipt again. With
   * other content it is refused with `idempotency_conflict`.
   */
  readonly idempotencyKey?: string;
  /** Further text that has to be the same when the key comes again. */
  readonly idempotencyContext?: string;
  /** The author, for instance, whose screen shows it already. */
  readonly exclude?: Exclusion;
}

/** An ephemeral frame for the readers of the moment, in no log. */
export interface NewEphemeral {
  readonly channel: Pick<ResolvedChannel, 'name' | 'wireName'>;
  readonly type: string;
  /** Any JSON value, of some 5,000 bytes. */
  readonly data: unknown;
  readonly sourceUserId?: string;
  readonly exclude?: Exclusion;
}

export interface Receipt {
  readonly publication: Appended;
  /** Sessions of this process that were subscribed. */
  readonly delivered: number;
}
