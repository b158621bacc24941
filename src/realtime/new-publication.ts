import type { Publication } from '../protocol/publication.ts';

/** What a publisher says. The channel is the name in the log (`personalChannel` for one user's). */
export interface NewPublication {
  readonly channel: string;
  readonly type: string;
  readonly eventType?: string;
  /** Any JSON value. */
  readonly data: unknown;
  readonly sourceUserId?: string;
  /** The same key on the same channel within 24 hours publishes once, and answers the first time's receipt again. */
  readonly idempotencyKey?: string;
}

export interface Receipt {
  readonly publication: Publication;
  /** Sessions of this process that were subscribed. */
  readonly delivered: number;
}
