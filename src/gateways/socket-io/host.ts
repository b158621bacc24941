import type { AcknowledgedEvent } from '../../extension/addresses.ts';
import type { Transport } from '../../realtime/ports/transport.ts';
import type { Readers } from '../fanout/readers.ts';
import type { EncodeItem, SharedDelivery } from '../fanout/shared-delivery.ts';
import type { Host } from '../frames/peer.ts';
import type { Rooms } from './event-frame.ts';

/** The Engine.IO messages of one publication, in the order in which they are written. */
export type Packets = readonly string[];
export type SharedPacket = SharedDelivery<Packets>;

/** One connection as the gateway sees it. */
export interface PacketReader extends Transport {
  take(packet: SharedPacket): void;
}

/** The parts that all connections of a process share. */
export interface SocketIoHost extends Host {
  readonly readers: Readers<PacketReader>;
  readonly rooms: Rooms;
  readonly encode: EncodeItem<Packets>;
  readonly receipts: ReadonlyMap<string, AcknowledgedEvent>;
}
