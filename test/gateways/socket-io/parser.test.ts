import { expect, test } from 'bun:test';
import { type Packet, PacketType } from 'socket.io-parser';
import { JsonText, parser } from '../../../src/gateways/socket-io/engine/parser.ts';

const encode = (packet: Packet) => new parser.Encoder().encode(packet);

test('an acknowledgement of JSON text goes out letter by letter, neither parsed nor written again', () => {
  const page =
    '{"type":"sync_response","publications":[{"data":{"n":1.50,"big":123456789012345678901234567890}}]}';
  const packet = { type: PacketType.ACK, nsp: '/', id: 7, data: [new JsonText(page)] };
  expect(encode(packet)).toEqual([`37[${page}]`]);
});

test('every other packet is that of the stock parser', () => {
  expect(encode({ type: PacketType.ACK, nsp: '/', id: 7, data: [{ a: 1 }] })).toEqual(['37[{"a":1}]']);
  expect(encode({ type: PacketType.EVENT, nsp: '/', data: ['note', 1] })).toEqual(['2["note",1]']);
  expect(encode({ type: PacketType.CONNECT, nsp: '/', data: { sid: 'a' } })).toEqual(['0{"sid":"a"}']);
});
