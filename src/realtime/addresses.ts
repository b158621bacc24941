import type { Delivery } from './ports/transport.ts';
import type { Principal } from './principal.ts';

/** An address of an application's own where a channel is polled: answered by a JSON array of its publications. */
export interface PollAddress {
  /** `/api/venues/:id/updates` */
  readonly path: string;
  /** Name of the channel, with the parameters of the path: `venue:{id}`. */
  readonly channel: string;
  /** What is polled, for the documentation. */
  readonly summary: string;
}

/** What an application's Socket.IO clients know beside the engine's own events. */
export interface SocketIoClients {
  /** Channels that a session reads, unasked, from the moment it is identified. */
  autoSubscribe?(principal: Principal): readonly string[];
  /** By the last part of the events `subscribe:{name}` and `unsubscribe:{name}`: a channel, with fields of their payload. */
  readonly rooms?: Readonly<Record<string, string>>;
}

/** An address for WebSockets that speak the engine's frames, but word publications as an application's clients know them. */
export interface SocketAddress {
  /** `/ws` */
  readonly path: string;
  /** The JSON text of a publication; asked once for each that is broadcast, whatever the number of readers. */
  encode(delivery: Delivery): string;
  /** Channels that a session reads, unasked, from the moment it is identified. */
  autoSubscribe?(principal: Principal): readonly string[];
}
