import type { Reword } from '../../protocol/frames/codec.ts';
import type { Delivery, Transport } from '../../realtime/ports/transport.ts';
import type { Host } from '../frames/peer.ts';

/** One socket as the gateway sees it. */
export interface SocketReader extends Transport {
  /** Sends the JSON text of a publication of the channel, to this socket alone. */
  sendPublication(channel: string, text: string): void;
}

/** The parts that all sockets of one address share. */
export interface SocketHost extends Host {
  /** The topic that carries a channel to this address, or with `inBatches` its batches where it has any. */
  topicOf(channel: string, inBatches: boolean): string;
  /** To be called before anything of the channel is sent to a socket that reads batches, or one joins. */
  flush(channel: string): void;
  /** The JSON text of a publication as the clients of this address know it. */
  encode(delivery: Delivery): string;
  /** Translates the frames of this address's clients into those of the engine, where the two differ. */
  readonly reword: Reword | undefined;
}
