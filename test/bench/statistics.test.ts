import { expect, test } from 'bun:test';
import { compare, fitLine, judge, judgeAmount, summarize } from '../../bench/statistics.ts';

test('the median of an odd number of rounds is the middle one, of an even number the mean of the two in the middle', () => {
  expect(summarize([9, 1, 5])).toMatchObject({ median: 5, least: 1, largest: 9 });
  expect(summarize([4, 1, 3, 10]).median).toBe(3.5);
  expect(() => summarize([])).toThrow();
});

test('each round is compared with the raw round of its own pair', () => {
  const { ratio } = compare([2, 30, 4], [1, 10, 4]);
  expect(ratio).toMatchObject({ median: 2, least: 1, largest: 3 });
  expect(() => compare([1, 2], [1])).toThrow();
});

test('a difference inside raw Bun’s own spread is not distinguishable, neither a pass nor a fail', () => {
  const wide = compare([11, 11, 11], [10, 8, 12]);
  expect(wide.distinguishable).toBeFalse();
  expect(judge(wide, { kind: 'ratio', most: 1.15 })).toBe('not distinguishable');
  expect(judge(wide, { kind: 'ratio', most: 1.05 })).toBe('not distinguishable');
  expect(judge(wide, { kind: 'same' })).toBe('not distinguishable');
});

test('also less time than raw Bun is no win while its own rounds differ as much', () => {
  expect(judge(compare([9, 9, 9], [10, 8, 12]), { kind: 'ratio', most: 1.15 })).toBe('not distinguishable');
});

test('a difference outside of the spread is held against the target', () => {
  const narrow = compare([11, 11, 11], [10, 9.8, 10.2]);
  expect(judge(narrow, { kind: 'ratio', most: 1.15 })).toBe('reached');
  expect(judge(narrow, { kind: 'ratio', most: 1.05 })).toBe('missed');
  expect(judge(narrow, { kind: 'same' })).toBe('missed');
  expect(judge(narrow, undefined)).toBe('');
});

test('an amount is held against the target whatever raw Bun does', () => {
  const equal = compare([4, 4.2, 3.9], [4, 4, 4]);
  expect(judge(equal, { kind: 'amount', most: 4.5 })).toBe('reached');
  expect(judge(equal, { kind: 'amount', most: 3 })).toBe('missed');
  expect(judge(equal, { kind: 'least', least: 3 })).toBe('reached');
  expect(judge(equal, { kind: 'least', least: 5 })).toBe('missed');
});

test('one stray round of nine changes no verdict', () => {
  const summary = summarize([9, 1, 2, 2, 2, 2, 2, 2, 2]);
  expect(summary.likely).toEqual({ from: 2, to: 2 });
  expect(judgeAmount(summary, { kind: 'amount', most: 2 })).toBe('reached');
});

test('a target within what the rounds leave open is at the limit', () => {
  const summary = summarize([4, 4.2, 3.9]);
  expect(judgeAmount(summary, { kind: 'amount', most: 4 })).toBe('at the limit');
  expect(judgeAmount(summary, { kind: 'least', least: 4.1 })).toBe('at the limit');
});

test('a line gives back what the points were made of', () => {
  const line = fitLine([1, 250, 500, 1_000].map((size) => [size, 150 + 0.75 * size]));
  expect(line.slope).toBeCloseTo(0.75, 10);
  expect(line.intercept).toBeCloseTo(150, 6);
});

test('an error of a tenth in the largest point leaves the smallest one where it is', () => {
  const { intercept } = fitLine([
    [1, 151],
    [250, 400],
    [500, 650],
    [1_000, 1_265],
  ]);
  expect(Math.abs(intercept - 150)).toBeLessThan(15);
});
