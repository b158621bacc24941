import { expect, test } from 'bun:test';
import { RateLimit } from '../../../src/realtime/sessions/rate-limit.ts';

test('a minute’s worth may come at once, after that one per refill', () => {
  const limit = new RateLimit(60);
  for (let n = 0; n < 60; n++) expect(limit.take(0)).toBe(0);
  expect(limit.take(0)).toBe(1_000);
  expect(limit.take(998)).toBeGreaterThan(0);
  expect(limit.take(1_000)).toBe(0);
  expect(limit.take(1_000)).toBe(1_000);
});

test('a clock that runs backwards gives nothing', () => {
  const limit = new RateLimit(2);
  expect(limit.take(0)).toBe(0);
  expect(limit.take(0)).toBe(0);
  expect(limit.take(0)).toBeGreaterThan(0);
});

test('idle time earns no more than one minute’s worth', () => {
  const limit = new RateLimit(2);
  const hour = 3_600_000;
  expect([limit.take(hour), limit.take(hour), limit.take(hour) > 0]).toEqual([0, 0, true]);
});
