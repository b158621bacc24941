import { Decoder, type Packet } from 'socket.io-parser';
import { reviveExact } from '../../../protocol/wire/json.ts';

/** A decoder of the stock packets, in which numbers keep their text. */
class ExactDecoder extends Decoder {
  packet: Packet | undefined;

  constructor() {
    super({ reviver: reviveExact });
    this.on('decoded', (packet: Packet) => {
      this.packet = packet;
    });
  }

  /** Undefined while attachments are missing. Throws for what is no packet. */
  decode(data: string | Uint8Array): Packet | undefined {
    this.packet = undefined;
    this.add(data);
    const { packet } = this;
    this.packet = undefined;
    return packet;
  }
}

/** One for all packets that have no attachments, which leave nothing behind in it. */
const texts = new ExactDecoder();

/** Decodes the packets of one client. Only while attachments are missing has it anything of its own. */
export class PacketDecoder {
  #unfinished: ExactDecoder | undefined;

  /** Undefined while attachments are missing. Throws for what is no packet. */
  decode(data: string | Uint8Array): Packet | undefined {
    if (data === '') throw new Error('An empty message is no packet.');
    const hasAttachments = typeof data !== 'string' || data.startsWith('5') || data.startsWith('6');
    if (!this.#unfinished && !hasAttachments) return texts.decode(data);
    this.#unfinished ??= new ExactDecoder();
    const packet = this.#unfinished.decode(data);
    if (packet) this.#unfinished = undefined;
    return packet;
  }
}
