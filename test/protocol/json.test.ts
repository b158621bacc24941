import { expect, test } from 'bun:test';
import { NumberOutOfRange, parseExact, parseJson, reviveExact } from '../../src/protocol/wire/json.ts';

test.each([
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890123',
  '0.1000000000000000055511151231257827',
  '0.10000000000000001',
  '3.14159265358979323846',
  '1234567890123456789e3',
])('%s keeps its text, at any depth', (number) => {
  for (const text of [number, `[${number}]`, `{"a":{"b":[1,${number},"x"]}}`]) {
    expect(JSON.stringify(parseJson(text))).toBe(text);
    expect(JSON.stringify(JSON.parse(text, reviveExact))).toBe(text);
  }
});

test.each([
  ['9007199254740992', 9_007_199_254_740_992],
  ['100000000000000000000', 1e20],
  ['1.0000000000000000', 1],
  ['0.00000000000000001', 1e-17],
  ['14.599512345678901', 14.599512345678901],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['5e-324', Number.MIN_VALUE],
  ['0e999', 0],
  ['-0.000000000000000000', -0],
  ['12e2', 1_200],
])('%s is a number as any other', (text, number) => {
  expect(parseJson(text)).toBe(number);
});

test.each(['1e400', '-1e400', '1e309', '1e-400', `1${'0'.repeat(400)}`, `0.${'1'.repeat(1_000)}`])(
  '%s is out of range',
  (number) => {
    for (const text of [number, `[1,${number}]`, `{"a":"\\"","b":${number}}`]) {
      expect(() => parseJson(text)).toThrow(NumberOutOfRange);
    }
  },
);

test('what is in the log already is kept, whatever its range', () => {
  for (const text of ['[1e400]', '{"a":1e-400}', '[9007199254740993]']) {
    expect(JSON.stringify(parseExact(text))).toBe(text);
  }
});

test('digits within texts and names are no numbers', () => {
  const text = String.raw`{"9007199254740993":"1e400","\\":"\"1e400\\","12345678901234567890":["\u00331e400"]}`;
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test.each(['', '{', '[1e]', '01', '[9007199254740993', '"\\', '1e400x'])('%j is no JSON', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test('four times the text takes about four times the time, whatever it is made of', () => {
  const units = ['1', '1.', '\\"', '\\\\', '-', '9007199254740993,', '"1e400",', '1e'];
  for (const unit of units) {
    for (const around of [(text: string) => `["${text}",9007199254740993]`, (text: string) => `[${text}0]`]) {
      const time = (size: number) => fastest(around(unit.repeat(size / unit.length)));
      // Sixteen times the time, of quadratic work, comes at every trial; a busy machine disturbs some. A time of less
      // than 20 ms cannot be told from noise.
      const isLinear = [1, 2, 3, 4, 5].some(() => {
        const whole = time(200_000);
        return whole <= 20 || whole < 9 * time(50_000);
      });
      expect({ unit, isLinear }).toEqual({ unit, isLinear: true });
    }
  }
});

function fastest(text: string): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    try {
      parseJson(text);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof NumberOutOfRange)) throw error;
    }
    return performance.now() - start;
  });
  return Math.min(...times);
}
