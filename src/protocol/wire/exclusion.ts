import { type Position, parsePosition } from './position.ts';
import type { Exclusion } from './publication.ts';

/** A reader of a channel; a poll has no session. */
export interface ChannelReader {
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Whether a publication is kept from a reader whose reading of its channel began after the position `began`. */
export type IsKept = (reader: ChannelReader, began: Position) => boolean;

/** Reads an exclusion, once for all readers of its publication. */
export function keptBy(exclude: Exclusion): IsKept {
  const end = exclude.indexOf(':');
  const rest = exclude.slice(end + 1);
  switch (exclude.slice(0, end) as ExclusionKind) {
    case 'user':
      return ({ userId }) => userId === rest;
    case 'session':
      return ({ sessionId }) => sessionId === rest;
    case 'since': {
      const since = parsePosition(rest);
      return (_reader, began) => since?.epoch === began.epoch && began.offset <= since.offset;
    }
  }
}

type ExclusionKind = Exclusion extends `${infer Kind}:${string}` ? Kind : never;

/** Keeps a publication from everybody who has read the channel from this position on, or from an earlier one. */
export const readersSince = ({ epoch, offset }: Position): Exclusion => `since:${epoch}:${offset}`;
