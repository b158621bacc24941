import { expect, test } from 'bun:test';
import { Positions, parseNotification, Signals } from '../../src/brokers/notification.ts';
import { parseSignalMessage } from '../../src/brokers/signal-message.ts';
import { maxSignalBytes } from '../../src/realtime/ports/broker.ts';
import { fc } from '../support/property.ts';
import { publication } from '../support/services/bus.ts';

test('any channels whatever their names go into payloads Postgres takes, and come out again', () => {
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 200 }));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 300 }), (names) => {
      const positions = new Positions();
      for (const [n, each] of names.entries()) positions.add(publication(each, n + 1));
      const payloads = positions.take('me');
      for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(8_000);
      const parsed = payloads.flatMap((payload) => parseNotification(payload)?.positions ?? []);
      expect(parsed).toEqual(names.map((each, n) => [each, { epoch: 'e1', offset: n + 1 }]));
      expect(positions.size).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('only the newest position of a channel goes out, and a new life of it replaces the old one', () => {
  const positions = new Positions();
  positions.add(publication('a', 5));
  positions.add(publication('a', 4));
  positions.add(publication('b', 9));
  positions.add(publication('b', 1, { epoch: 'e2' }));
  const [payload = ''] = positions.take('me');
  expect(parseNotification(payload)).toEqual({
    origin: 'me',
    positions: [
      ['a', { epoch: 'e1', offset: 5 }],
      ['b', { epoch: 'e2', offset: 1 }],
    ],
  });
});

test('a name too long for any payload is left out, and the others are not', () => {
  const positions = new Positions();
  for (const channel of ['a', 'x'.repeat(9_000), 'b']) positions.add(publication(channel, 1));
  const channels = positions.take('me').flatMap((payload) => parseNotification(payload)?.positions ?? []);
  expect(channels.map(([channel]) => channel)).toEqual(['a', 'b']);
});

test('signals go into payloads Postgres takes, each its own, and come out again in their order', () => {
  const text = fc.string({ unit: 'binary', maxLength: maxSignalBytes / 4 });
  const name = fc.string({ unit: 'binary', maxLength: 100 });
  fc.assert(
    fc.property(fc.array(fc.record({ channel: name, text }), { maxLength: 100 }), (said) => {
      const all = [...said, ...said].map((each) => ({ origin: 'me', ...each }));
      const signals = new Signals();
      for (const each of all) signals.add(each);
      expect(signals.size).toBe(all.length);
      const payloads = signals.take();
      for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(8_000);
      expect(new Set(payloads).size).toBe(all.length);
      expect(payloads.map(parseSignalMessage)).toEqual(all);
      expect(signals.size).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('signals that wait are bounded: what comes on top is dropped, and what comes later is not', () => {
  const signals = new Signals();
  const signal = { origin: 'me', channel: 'a', text: 'x'.repeat(maxSignalBytes) };
  for (let n = 0; n < 10_000; n++) signals.add({ ...signal, channel: `a${n}` });
  const payloads = signals.take();
  expect(payloads.reduce((sum, payload) => sum + payload.length, 0)).toBeLessThan(1_048_577);
  expect(parseSignalMessage(payloads.at(-1) ?? '')?.channel).toBe(`a${payloads.length - 1}`);
  signals.add(signal);
  expect(signals.take().map(parseSignalMessage)).toEqual([signal]);
});

test('a name that leaves no room for the text is left out', () => {
  const signals = new Signals();
  signals.add({ origin: 'me', channel: 'x'.repeat(9_000), text: '' });
  expect(signals.take()).toEqual([]);
});
