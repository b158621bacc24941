import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { reviveExact } from '../../../protocol/wire/json.ts';

/** The one argument of an acknowledgement, encoded already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

class JsonEncoder extends Encoder {
  override encode(packet: Packet): ReturnType<Encoder['encode']> {
    const [argument] = Array.isArray(packet.data) ? packet.data : [];
    if (packet.type !== PacketType.ACK || !(argument instanceof JsonText)) return super.encode(packet);
    return [`${PacketType.ACK}${packet.id ?? ''}[${argument.text}]`];
  }
}

class ExactDecoder extends Decoder {
  constructor() {
    super({ reviver: reviveExact });
  }
}

/** The parser of the stock packets. Numbers keep their text, and text that is JSON already goes out as it is. */
export const parser = { Encoder: JsonEncoder, Decoder: ExactDecoder };
