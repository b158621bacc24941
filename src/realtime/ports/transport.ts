import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import type { ControlFrame } from '../../protocol/frames/server-frames.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { ChannelReader } from '../../protocol/wire/exclusion.ts';
import type { Publication } from '../../protocol/wire/publication.ts';
import type { RoundTrips } from './round-trips.ts';

/** A publication on its way out, encoded once for all readers. */
export interface Delivery {
  readonly publication: Publication;
  /** The JSON text of the publication on the wire. */
  readonly text: string;
}

/** The edge that makes sessions. One object per kind of transport and process. */
export interface Gateway {
  readonly name: string;
  /** Bounds the live sessions of this gateway that one user may have. */
  readonly userLimit: 'socketsPerUser' | 'streamsPerUser';
  /** Hands the delivery to every transport of this gateway that joined the channel, in the order of the calls. */
  broadcast(channel: string, delivery: Delivery): void;
  /**
   * The same for some of these transports alone (R3). Here too the delivery is encoded once, whatever their number.
   */
  multicast(channel: string, delivery: Delivery, to: Iterable<Transport>): void;
}

/** Facts about the device at the other end, most of them by its own word. */
export interface ClientFacts {
  /** The same for all connections of one device. */
  readonly deviceId: string | undefined;
  readonly deviceType: string | undefined;
  readonly platform: string | undefined;
  /** The version of the client or its application. */
  readonly version?: string | undefined;
}

/**
 * The way of bytes to one session. Everything sent, delivered and broadcast keeps its order. None of the methods throws,
 * also after the connection has gone; a reader that does not keep up is disconnected by its gateway with `slow` (R4).
 */
export interface Transport {
  readonly gateway: Gateway;
  readonly client?: ClientFacts | undefined;
  /** Present where the transport can ask for a sign of life. */
  readonly roundTrips?: RoundTrips | undefined;
  send(frame: ControlFrame): void;
  /** Sends a publication that this session missed, to it alone. */
  deliver(delivery: Delivery): void;
  /** Sends an ephemeral frame; `text` is its JSON. A reader that does not keep up does not get it. */
  whisper(frame: EphemeralFrame, text: string): void;
  /** From this call on, and not before, broadcasts on the channel reach this session. */
  join(channel: string): void;
  leave(channel: string): void;
  /** Asks the peer for a sign of life. */
  probe(): void;
  /** Whether bytes wait because the reader is slower than the sender. */
  readonly congested: boolean;
  /** Bytes that wait for the reader; absent where none can. */
  readonly bufferedBytes?: number;
  /** Resolves when nothing waits any more, or the connection has gone. */
  drained(): Promise<void>;
  /** Ends the connection: at once, or when the peer has read why, or shortly after. Called by the engine alone. */
  disconnect(reason: CloseReason): void;
  /** Ends the connection of a session that was disconnected without another wait. */
  cut?(): void;
}

/** A session, as a live channel sees it. */
export interface Subscriber extends ChannelReader {
  readonly transport: Transport;
}
