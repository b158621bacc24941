import { describe, expect, test } from 'bun:test';
import { channelSegments, isChannelName, personalChannel } from '../../src/protocol/wire/channel-name.ts';
import {
  formatPosition,
  formatVector,
  parsePosition,
  parseVector,
} from '../../src/protocol/wire/position.ts';
import { encodePublication } from '../../src/protocol/wire/publication.ts';
import { fc } from '../support/property.ts';

describe('a channel name', () => {
  test.each(['hearings', 'venue:42', 'vibe_checks:a-b.c~d', 'case:1:2:3', `n:${'x'.repeat(198)}`])(
    '%p is one',
    (name) => expect(isChannelName(name)).toBe(true),
  );

  test.each([
    '',
    'Hearings',
    'a:',
    ':a',
    'a::b',
    'a b',
    'a@b',
    'a,b',
    'a/b',
    'a\n',
    'ä',
    'a:1:2:3:4',
    `n:${'x'.repeat(199)}`,
  ])('%p is none', (name) => expect(isChannelName(name)).toBe(false));

  test('of a user is a channel name whatever the id, and never that of another user', () => {
    const userId = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(userId, userId, (one, other) => {
        const name = personalChannel('own', one);
        expect(isChannelName(name)).toBe(true);
        expect(channelSegments(name)).toHaveLength(2);
        expect(name === personalChannel('own', other)).toBe(one === other);
      }),
    );
  });
});

describe('a position', () => {
  test('survives being written and read', () => {
    const epoch = fc.stringMatching(/^[a-z0-9]{1,32}$/);
    const offset = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(epoch, offset, (e, o) =>
        expect(parsePosition(formatPosition({ epoch: e, offset: o }))).toEqual({ epoch: e, offset: o }),
      ),
    );
  });

  test('is not read out of anything else', () => {
    const unlike = fc.string().filter((text) => !/^[A-Za-z0-9]{1,32}:\d{1,16}$/.test(text));
    fc.assert(fc.property(unlike, (text) => expect(parsePosition(text)).toBeUndefined()));
  });
});

test('an encoded publication is JSON with the very content that went in', () => {
  const value = fc.jsonValue();
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), value, (type, eventType, data) => {
      const text = encodePublication(
        {
          id: 'id1',
          channel: 'own:a',
          epoch: 'e',
          offset: 7,
          type,
          ...(eventType !== undefined && { eventType }),
          data: JSON.stringify(data),
          timestamp: '2026-01-01T00:00:00.000Z',
        },
        'own',
      );
      const { data: decoded, ...rest } = JSON.parse(text);
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(data));
      expect(rest).toEqual({
        type,
        channel: 'own',
        ...(eventType !== undefined && { eventType }),
        timestamp: '2026-01-01T00:00:00.000Z',
        offset: 7,
        id: 'id1',
      });
    }),
  );
});

describe('a vector of positions', () => {
  const segment = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}(:[A-Za-z0-9_.~%-]{1,9}){0,3}$/);
  const position = fc.record({
    epoch: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/),
    offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(segment, position), { minLength: 1, maxLength: 9 }), (entries) => {
        const vector = new Map(entries);
        expect(parseVector(formatVector(vector))).toEqual(vector);
      }),
    );
  });

  test.each([
    '',
    'a',
    'a@',
    '@e:1',
    'a@e:1,',
    ',a@e:1',
    'a@e:1,a@e:2',
    'a@e:01',
    'A@e:1',
    'a@e:1 ,b@e:1',
    'e:1',
  ])('%p is none', (text) => expect(parseVector(text)).toBeUndefined());
});
