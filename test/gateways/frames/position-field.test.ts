import { expect, test } from 'bun:test';
import { positionOf } from '../../../src/gateways/frames/position-field.ts';

test.each(['', 'nonsense', '5', 'a:b', 'a:-1', 'a:1e3', ':1', 'a:99999999999999999999'])(
  'a client that sends %p for a position is told what a position is',
  (since) => {
    expect(() => positionOf(since)).toThrow(
      expect.objectContaining({ code: 'invalid_frame', message: expect.stringContaining('"since"') }),
    );
    expect(() => positionOf(since, 'before')).toThrow(expect.objectContaining({ code: 'invalid_frame' }));
  },
);

test('a position comes from a field as a value, and none where the client sent none', () => {
  expect(positionOf('a:5')).toEqual({ epoch: 'a', offset: 5 });
  expect(positionOf(undefined)).toBeUndefined();
});
