import { expect, test } from 'bun:test';
import { encodeFitting } from '../../../src/realtime/publishing/payload.ts';

const bytes = (json: string) => new TextEncoder().encode(json).length;
const fitting = (data: unknown, maxBytes = 131_072) => {
  const json = encodeFitting(data, maxBytes);
  expect(bytes(json)).toBeLessThanOrEqual(maxBytes);
  return JSON.parse(json);
};

test('data within the limits is left as it is', () => {
  expect(encodeFitting({ a: 'x', b: [1, null] }, 100)).toBe('{"a":"x","b":[1,null]}');
});

test('long texts are cut to their beginning, and short ones stay', () => {
  const id = 'i'.repeat(200);
  const data = fitting({
    id,
    issue: { id, text: '\u0001'.repeat(50_000) },
    changes: { text: { from: 'a' } },
  });
  expect(data).toMatchObject({ id, issue: { id }, changes: { text: { from: 'a' } }, truncated: true });
  expect(data.issue.text.length).toBeGreaterThan(1_000);
  expect(new Set(data.issue.text)).toEqual(new Set(['\u0001']));
});

test('a cut leaves no half of a surrogate pair', () => {
  const { text } = fitting({ text: `a${'😀'.repeat(100_000)}` });
  expect(text.isWellFormed()).toBe(true);
});

test('lists, members and depth are cut as well', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { deeper: nested(levels - 1) });
  const keys = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`key${n}`, n]));
  for (const large of [Array.from({ length: 200_000 }, () => 1), keys, nested(200), nested(5_000)]) {
    expect(fitting({ id: 7, large })).toMatchObject({ id: 7, truncated: true });
  }
});

test('of what no cut makes small enough the short members are left, and at last the mark alone', () => {
  const row = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`key${n}`, { a: 'x'.repeat(64) }]));
  expect(fitting({ id: 7, ...row }, 200)).toEqual({ id: 7, truncated: true });
  expect(fitting({ id: 'x'.repeat(100), ...row }, 30)).toEqual({ truncated: true });
});
