import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Positions, parseNotification } from '../../src/brokers/notification.ts';
import { publication } from '../support/bus.ts';

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
