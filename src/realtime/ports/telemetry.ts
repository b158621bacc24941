import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { ErrorCode } from '../../protocol/wire/codes.ts';
import type { Publication } from '../../protocol/wire/publication.ts';

/** The subject of an error that was sent, as far as it is known. */
export interface RefusalFacts {
  readonly clientId?: string | undefined;
  readonly userId?: string | undefined;
  readonly channel?: string | undefined;
  readonly transport?: string | undefined;
  readonly requestId?: string | undefined;
  /** `GET /path`, for a request over HTTP. */
  readonly route?: string | undefined;
}

/** Events of the engine at work. They come from hot paths, so an implementation only counts. */
export interface Telemetry {
  /** A publication went to `sessions` sessions of this process, `lagMs` after it was committed. */
  delivered(sessions: number, lagMs: number, publication: Publication): void;
  /** A client had settled a publication `lagMs` after it was committed. One is told of a ping at most. */
  settled(lagMs: number): void;
  /** Publications that this process appended. */
  published(count: number, publications: readonly Publication[]): void;
  /** Publications were missing and have been read from the log. */
  gapRepaired(publications: number): void;
  /** A subscriber came back with a position. */
  recovered(outcome: 'recovered' | 'lost'): void;
  /** A session was ended by this server. */
  disconnected(reason: CloseReason): void;
  /** A frame or a request failed with an error. */
  refused(code: ErrorCode, about?: RefusalFacts): void;
}

export const noTelemetry: Telemetry = {
  delivered: () => undefined,
  settled: () => undefined,
  published: () => undefined,
  gapRepaired: () => undefined,
  recovered: () => undefined,
  disconnected: () => undefined,
  refused: () => undefined,
};
