import type { Reword } from '../../protocol/frames/codec.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import type { Host } from '../frames/peer.ts';

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
