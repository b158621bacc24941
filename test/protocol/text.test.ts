import { expect, test } from 'bun:test';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { t } from 'elysia';
import { PublicationType } from '../../src/protocol/name.ts';
import { Integer } from '../../src/protocol/schemas/number.ts';
import { isText, Text, Uuid } from '../../src/protocol/schemas/text.ts';

test.each(['a', '\n', '\u2028', 'ñ', '👩‍👩‍👧', '\u{10ffff}', '\ufffe', '\x7f'])('%j is a text', (value) => {
  expect(isText(value)).toBe(true);
});

test.each(['\0', 'a\0b', '\ud800', 'a\udc00', '\udc00\ud800', '👍\ud83d'])('%j is none', (value) => {
  expect(isText(value)).toBe(false);
});

test('a text has one sign at least and as many as are allowed', () => {
  const check = TypeCompiler.Compile(Text(3));
  expect(['', 'a', 'abc', 'abcd', 'a\0', 7, null].map((value) => check.Check(value))).toEqual([
    ...[false, true, true, false, false, false, false],
  ]);
  expect(TypeCompiler.Compile(Text(3, { minLength: 0 })).Check('')).toBe(true);
});

test('a UUID has the form that a column takes, and no other', () => {
  const id = '01a1fddf-0c4a-7120-93a1-52af0a5a6b01';
  const check = TypeCompiler.Compile(Uuid());
  expect([id, id.toUpperCase()].map((value) => check.Check(value))).toEqual([true, true]);
  for (const other of [`urn:uuid:${id}`, `{${id}}`, id.replaceAll('-', ''), `${id}\n`, `${id}0`, '']) {
    expect({ other, passes: check.Check(other) }).toEqual({ other, passes: false });
  }
});

test('a type of publication is a text, but none of the types that the server itself sends', () => {
  const check = TypeCompiler.Compile(PublicationType);
  expect(['note', 'errors', 'an error'].map((value) => check.Check(value))).toEqual([true, true, true]);
  expect(
    ['error', 'subscribed', 'skipped', 'a\0', '\ud800', ''].filter((value) => check.Check(value)),
  ).toEqual([]);
});

test('a whole number is one that a column takes', () => {
  const check = TypeCompiler.Compile(Integer({ minimum: 1 }));
  expect([1, 2_147_483_647].map((value) => check.Check(value))).toEqual([true, true]);
  expect([0, 2_147_483_648, 1.5, 1e21, Number.NaN].filter((value) => check.Check(value))).toEqual([]);
});

test('a number of an address is written in digits', () => {
  const check = TypeCompiler.Compile(t.Numeric());
  expect(['7', '-7', '7.5', '007'].map((value) => check.Check(value))).toEqual([true, true, true, true]);
  for (const other of ['', ' 7', '0x1F', '1e3', 'Infinity', '7n', '٧', '1'.repeat(100)]) {
    expect({ other, passes: check.Check(other) }).toEqual({ other, passes: false });
  }
});
