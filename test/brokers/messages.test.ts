import { expect, test } from 'bun:test';
import { Positions, parseNotification } from '../../src/brokers/notification.ts';
import { encodeMessage, parseMessage } from '../../src/brokers/redis-message.ts';
import { encodeSignalMessage, parseSignalMessage } from '../../src/brokers/signal-message.ts';
import { fc } from '../support/property.ts';
import { publication } from '../support/services/bus.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom(
    '',
    '\n',
    '{}',
    '["x",[["news","e1",1]]]',
    encodeMessage(said()),
    encodeSignalMessage(signal(), 0),
  ),
);

test('a signal comes out as it went in, and is no publication and no position to anybody', () => {
  fc.assert(
    fc.property(text, text, text, fc.nat(), (origin, channel, content, mark) => {
      const message = encodeSignalMessage({ origin, channel, text: content }, mark);
      expect(parseSignalMessage(message)).toEqual({ origin, channel, text: content });
      expect(parseMessage(message)).toBeUndefined();
      expect(parseNotification(message)).toBeUndefined();
    }),
  );
});

test('a publication comes out as it went in, and neither it nor a position is a signal', () => {
  fc.assert(
    fc.property(text, text, text, (origin, channel, data) => {
      const message = { origin, publication: publication(channel, 1, { data, exclude: 'user:1' }) };
      const encoded = encodeMessage(message);
      expect(parseMessage(encoded)).toEqual(message);
      expect(parseSignalMessage(encoded)).toBeUndefined();
      const positions = new Positions();
      positions.add(message.publication);
      for (const payload of positions.take(origin)) expect(parseSignalMessage(payload)).toBeUndefined();
    }),
  );
});

test('what processes of other versions add to a message does not make it foreign', () => {
  const header = { origin: 'x', ...publication('news', 1), data: undefined };
  const bare = parseMessage(`${JSON.stringify(header)}\n{}`);
  expect(bare).toEqual({ origin: 'x', publication: { ...publication('news', 1), id: header.id } });
  expect(parseMessage(`${JSON.stringify({ ...header, later: [1] })}\n{}`)).toEqual(bare);
  expect(parseSignalMessage('["x","news",0,{"later":1}]\nhi')).toEqual(signal());
});

test('a publication kept from somebody in a way that is not known is not delivered', () => {
  const header = { origin: 'x', ...publication('news', 1), data: undefined };
  for (const exclude of ['role:judge', '', null, 7, ['user:1']]) {
    expect(parseMessage(`${JSON.stringify({ ...header, exclude })}\n{}`)).toBeUndefined();
  }
});

function signal() {
  return { origin: 'x', channel: 'news', text: 'hi' };
}

function said() {
  return { origin: 'x', publication: publication('news', 1) };
}
