import { type Position, parsePosition } from '../../protocol/wire/position.ts';
import type { Exclusion } from '../../protocol/wire/publication.ts';

/** A reader of a channel; a poll has no session. */
export interface ChannelReader {
  readonly sessionId?: string;
  readonly userId?: string | undefined;
}

/** Whether a publication is kept from a reader whose reading of its channel began after the position `began`. */
export function isExcluded(
  exclude: Exclusion | undefined,
  { sessionId, userId }: ChannelReader,
  began: Position,
): boolean {
  if (exclude === undefined) return false;
  if (exclude.startsWith(sincePrefix)) {
    const since = parsePosition(exclude.slice(sincePrefix.length));
    return since?.epoch === began.epoch && began.offset <= since.offset;
  }
  return exclude === `session:${sessionId}` || exclude === `user:${userId}`;
}

/** Keeps a publication from everybody who has read the channel from this position on, or from an earlier one. */
export const readersSince = ({ epoch, offset }: Position): Exclusion => `${sincePrefix}${epoch}:${offset}`;

const sincePrefix = 'since:';
