import type { Position } from '../protocol/wire/position.ts';
import type { Publication } from '../protocol/wire/publication.ts';
import type { Principal } from '../realtime/principal.ts';

/** One event of a feed, as it stands in an event stream. */
export interface FeedEvent {
  /** `initial`, `update`, `created`, …; `heartbeat` is the stream's own. */
  readonly type: string;
  /** Any JSON value. */
  readonly data: unknown;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** An event, and the position that a client is at after it. */
export interface FeedStep {
  readonly event: FeedEvent;
  readonly position: Position;
}

/**
 * A view of a channel that an application makes for its event streams: a state, then what changes it. All streams of a
 * process that have the same view share one, for as long as there are any.
 */
export interface Feed {
  /**
   * The beginning of a stream whose client was last told of `since`, or of nothing yet: an event, unless the missed
   * publications are presented, and the position from which on it holds.
   */
  begin(
    since: Position | undefined,
  ): Promise<FeedStep | { readonly event?: undefined; readonly position: Position }>;
  /**
   * Returns the event that the view shows for a publication; undefined shows none. Called once for all live streams.
   */
  present(publication: Publication): FeedEvent | undefined;
  /** Asked at the interval of the view, one at a time: what is to be told to all streams, if anything. */
  refresh?(): Promise<FeedStep | undefined>;
}

export interface FeedView {
  /** The channel whose rule decides about readers, and whose positions are the ids of the events. */
  readonly channel: string;
  /** Names the view among those of its channel. */
  readonly key: string;
  /** Milliseconds. */
  readonly refreshMs?: number;
  create(): Feed;
}

/** A request for an event stream, as an HTTP route has it. */
export interface StreamCall {
  readonly request: Request;
  readonly principal: Principal;
  readonly server: { timeout(request: Request, seconds: number): void } | null;
}

/** Answers requests with event streams of feeds. Rejects with what the rule of the channel, or a limit, refuses. */
export interface FeedStreams {
  open(call: StreamCall, view: FeedView): Promise<Response>;
}
