import type { Publication } from '../../protocol/publication.ts';

/**
 * Carries publications between processes: at most once, in any order, possibly not at all. Whoever receives repairs
 * from the log (see `live-channel.ts`), so an implementation never retries and never blocks a publisher.
 */
export interface Broker extends AsyncDisposable {
  /** Announces publications that are in the log. Returns at once; the own process is not called back. */
  announce(publications: readonly Publication[]): void;
  /** From the time the promise resolves, announcements on `channel` by other processes reach the listener. */
  join(channel: string): Promise<void>;
  leave(channel: string): void;
}

/** What a process gives a broker when it connects. */
export interface BrokerListener {
  onPublication(publication: Publication): void;
}

/** Opens the broker of this process. */
export type ConnectBroker = (listener: BrokerListener) => Broker;
