import { describe, expect, test } from 'bun:test';
import { FormatRegistry } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { t } from 'elysia';
import {
  formatInstantParameter,
  Instant,
  InstantParameter,
  parseInstant,
} from '../../src/protocol/schemas/instant.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';

/** Texts that are an instant, and the same as UTC with milliseconds. */
const instants: readonly (readonly [string, string])[] = [
  ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31t08:00:00z', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31T08:00Z', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31T08:00:00.5Z', '2026-01-31T08:00:00.500Z'],
  ['2026-01-31T08:00:00.123456789Z', '2026-01-31T08:00:00.123Z'],
  ['2026-01-31T08:00:00+08:00', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T08:00:00-03:30', '2026-01-31T11:30:00.000Z'],
  ['2026-01-31T08:00:00-00:00', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31T08:00:00+15:59', '2026-01-30T16:01:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
];

const others: readonly string[] = [
  '',
  'now',
  '1767225600',
  '2026-01-31',
  '2026-01-31T08:00:00',
  '2026-01-31 08:00:00Z',
  '31/01/2026',
  'Sat Jan 31 2026 08:00:00 GMT+0000 (UTC)',
  '2026-02-30T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-32T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T08:60:00Z',
  '2016-12-31T23:59:60Z',
  '2026-01-31T08:00:00-23:59',
  '2026-01-31T08:00:00+16:00',
  '2026-01-31T08:00:00+08:60',
  '2026-01-31T08:00:00+0800',
  '2026-01-31T08:00:00.Z',
  '2026-01-31T08:00:00.1234567890Z',
  '0000-01-01T00:00:00Z',
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '9999-12-31T23:59:59.9999999Z',
  '+010000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '2026-01-31T08:00:00Z\0',
  '2026-01-31T08:00:00Z\n',
  '"2026-01-31T08:00:00Z"',
  '٢٠٢٦-01-31T08:00:00Z',
];

test.each(instants)('%s is an instant', (text, utc) => {
  expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(utc);
});

test.each(others)('%j is none', (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

test('JavaScript and Postgres read every instant alike', async () => {
  await using testDatabase = await createTestDatabase();
  await using database = await openTestDatabase(testDatabase.url);
  for (const [text, utc] of instants) {
    expect(new Date(text).toISOString()).toBe(utc);
    const [row] = await database.query<{ same: boolean }>(
      "select date_trunc('milliseconds', $1::timestamptz) = $2::timestamptz as same",
      [text, utc],
    );
    expect({ text, ...row }).toEqual({ text, same: true });
  }
});

describe('the format of every schema', () => {
  const schemas = { ours: Instant(), any: t.String({ format: 'date-time' }) };

  test.each(Object.entries(schemas))('%s takes instants and nothing else', (_, schema) => {
    const check = TypeCompiler.Compile(schema);
    expect(instants.filter(([text]) => !check.Check(text))).toEqual([]);
    expect(others.filter((text) => check.Check(text))).toEqual([]);
  });

  test('takes a plus sign that an address turned into a space', () => {
    const check = TypeCompiler.Compile(InstantParameter());
    expect(check.Check('2026-01-31T08:00:00 08:00')).toBe(true);
    expect(formatInstantParameter('2026-01-31T08:00:00 08:00')).toBe('2026-01-31T00:00:00.000Z');
    expect(check.Check('2026-01-31 08:00:00Z')).toBe(false);
  });

  test('reads a megabyte at once', () => {
    const check = FormatRegistry.Get('date-time');
    const started = performance.now();
    for (const text of ['1'.repeat(1_000_000), `2026-01-31T08:00:00.${'1'.repeat(1_000_000)}`]) {
      expect(check?.(text)).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
