import type { Position } from '../../protocol/wire/position.ts';
import type { Publication } from '../../protocol/wire/publication.ts';

/**
 * Carries word of publications between processes: at most once, in any order, possibly not at all. A live channel
 * repairs from the log (see `live-channel.ts`), so an implementation never retries and never blocks a publisher. Every
 * implementation passes `brokerContract` of `tambuli/contracts`.
 */
export interface Broker extends AsyncDisposable {
  /** `memory`, `postgres`, `redis`: for logs and metrics. */
  readonly name: string;
  /** Whether announcements can be expected to go out and to come in now. */
  readonly connected: boolean;
  /** Announces publications that are in the log to the other processes. Returns at once and never throws. */
  announce(publications: readonly Publication[]): void;
  /** Like `announce`, and the own process hears it too: a way to find out that the whole way works (R6). */
  echo(publication: Publication): void;
  /**
   * Carries a text to the other processes that joined the channel, letter by letter, and one process's in their order
   * while the bus is up; a lost text is not repaired. It is for things that the log does not hold. A text that
   * `isSignal` refuses goes nowhere. Returns at once and never throws.
   */
  signal(channel: string, text: string): void;
  /**
   * From the time the promise resolves, announcements on `channel` by other processes reach the listener. When the
   * bus is out of reach it resolves all the same: the channel is joined once the bus is back, and `onGap` tells.
   */
  join(channel: string): Promise<void>;
  leave(channel: string): void;
}

/** The callbacks that a process gives a broker when it connects. */
export interface BrokerListener {
  onPublication(publication: Publication): void;
  /** The log of the channel reaches this position; the publications up to there have to be read. */
  onPosition(channel: string, position: Position): void;
  /** Another process said this on a channel that was joined. */
  onSignal(channel: string, text: string): void;
  /** Announcements may have been lost, on any channel, until now. */
  onGap(): void;
}

/** Bytes of UTF-8 in one signal; a NOTIFY holds 8,000 with what surrounds them. */
export const maxSignalBytes = 6_000;

/** At most `maxSignalBytes` of Unicode without a NUL, which Postgres has no place for in a text; JSON never has one. */
export function isSignal(text: string): boolean {
  if (!text.isWellFormed() || text.includes('\0')) return false;
  return text.length * 3 <= maxSignalBytes || new TextEncoder().encode(text).length <= maxSignalBytes;
}

/** Opens the broker of this process. */
export type ConnectBroker = (listener: BrokerListener) => Broker;
