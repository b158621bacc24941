import { expect, test } from 'bun:test';
import { clientFacts } from '../../../src/gateways/callers/client-facts.ts';

const facts = (query: string, given?: object) =>
  clientFacts(new Request(`http://localhost/ws?${query}`), given);

test('a client says by its address what it is', () => {
  expect(facts('platform=iOS%2018&deviceType=tablet&deviceId=phone-1')).toEqual({
    platform: 'iOS 18',
    deviceType: 'tablet',
    deviceId: 'phone-1',
  });
});

test.each(['%00', 'a%00b', '', 'x%00'.repeat(50)])(
  'what no column takes is not said: platform=%s',
  (value) => {
    expect(facts(`platform=${value}&deviceType=${value}&deviceId=${value}`)).toEqual({
      platform: undefined,
      deviceType: undefined,
      deviceId: undefined,
    });
  },
);

test('half a surrogate pair is not said either, and none is made by cutting', () => {
  expect(facts('', { platform: 'a\ud800' }).platform).toBeUndefined();
  const { platform } = facts('', { platform: `${'x'.repeat(99)}👍` });
  expect(platform).toBe('x'.repeat(99));
  expect(facts('', { platform: '👍'.repeat(60) }).platform).toBe('👍'.repeat(50));
});

test.each([[7], [null], [{}], [['ios']]])('what is no text is not said: %p', (platform) => {
  expect(facts('', { platform }).platform).toBeUndefined();
});
