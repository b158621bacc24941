import { expect, test } from 'bun:test';
import { fillTemplate, plainText } from '../../../src/tracking/events/templates.ts';
import { fc } from '../../support/property.ts';

const fill = (template: string, payload: object, max = 200) => fillTemplate(template, payload, max);

test('names stand for values of the payload, also of members', () => {
  expect(fill('{a} owes {b.amount} {c}', { a: 'Ben', b: { amount: 12.5 }, c: true })).toBe(
    'Ben owes 12.5 true',
  );
});

test('what the payload has no plain value for stays as it is written', () => {
  const payload = { list: [1], object: {}, nothing: null, text: 'x' };
  const template = '{missing} {list} {object} {nothing} {text.length} {} {1} { text } {{text}}';
  expect(fill(template, payload)).toBe(
    '{missing} {list} {object} {nothing} {text.length} {} {1} { text } {x}',
  );
});

test('nothing that a payload merely inherits is reached', () => {
  const template = '{constructor} {__proto__.x} {toString} {a.constructor.name} {hasOwnProperty}';
  expect(fill(template, { a: {} })).toBe(template);
  expect(fill('{__proto__}', JSON.parse('{"__proto__": "mine"}'))).toBe('mine');
});

test('a value is never read as a template, nor as a pattern of the replacement', () => {
  expect(fill('{a}-{b}', { a: '{b}', b: '$& $1 $` \\' })).toBe('{b}-$& $1 $` \\');
});

test('signs that HTML or SQL would mean something by are signs', () => {
  const text = `<script>alert(1)</script>'; drop table realtime_events; --`;
  expect(fill('{a}', { a: text })).toBe(text);
});

test('control characters, marks of direction and halves of signs do not come through', () => {
  expect(fill('{a}', { a: 'a\u0000\u001b[31m\u202Eb\u2066\uD800c\tд\n😀' })).toBe('a[31mbc\tд\n😀');
});

test('a text is cut at its limit, never within a sign, and one value never fills it all', () => {
  expect(plainText('😀'.repeat(10), 6)).toBe('😀😀…');
  expect(plainText('abcdef', 6)).toBe('abcdef');
  expect(fill('{a}{b}', { a: 'x'.repeat(10_000), b: 'end' }, 2_000)).toBe(`${'x'.repeat(499)}…end`);
});

test('whatever the template and the payload, the text is short, whole and plain', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.object(), (template, payload) => {
      const text = fill(`${template}{a}{b.c}`, payload, 50);
      expect(text.length).toBeLessThanOrEqual(50);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain('\u0000');
    }),
    { numRuns: 300 },
  );
});
