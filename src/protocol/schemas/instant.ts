import { FormatRegistry, type StringOptions, type TString, Type } from '@sinclair/typebox';

/**
 * An instant on the wire, as RFC 3339 has it: a day that the calendar has, of the years 1 to 9999 in UTC, a time with or
 * without seconds, up to nine decimals, and `Z` or an offset within ±15:59, which is what a database takes. There is no
 * second 60: neither JavaScript nor Postgres keeps one.
 */
const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/i;
const maxLength = '9999-12-31T23:59:59.999999999+15:59'.length;

/** Bounds of what `parseInstant` returns. Milliseconds since the Unix epoch. */
export const earliestInstant = Date.parse('0001-01-01T00:00:00.000Z');
export const latestInstant = Date.parse('9999-12-31T23:59:59.999Z');

/** Milliseconds since the Unix epoch, decimals beyond them cut off; undefined where the text is no instant. */
export function parseInstant(text: string): number | undefined {
  const match = text.length <= maxLength ? pattern.exec(text) : null;
  if (!match) return undefined;
  const [, ...parts] = match;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part = '0') => Number(part));
  const [decimals = '', sign, offsetHours = '0', offsetMinutes = '0'] = parts.slice(6);
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHours) > 15 || Number(offsetMinutes) > 59) {
    return undefined;
  }
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have would become one of the next.
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  local.setUTCHours(hour, minute, second, Number(decimals.slice(0, 3).padEnd(3, '0')));
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const time = local.getTime() + (sign === '-' ? offset : -offset);
  // Postgres rounds finer decimals, which past the last millisecond would be the year 10000.
  const isFiner = time === latestInstant && decimals.length > 3;
  return time < earliestInstant || time > latestInstant || isFiner ? undefined : time;
}

export function isInstant(text: string): boolean {
  return parseInstant(text) !== undefined;
}

/** An instant of an address, where a plus sign that was not escaped arrives as a space. */
export function parseInstantParameter(text: string): number | undefined {
  return parseInstant(text.replace(' ', '+'));
}

/** The same as UTC with milliseconds. Throws RangeError where the text is none. */
export function formatInstantParameter(text: string): string {
  return new Date(parseInstantParameter(text) ?? Number.NaN).toISOString();
}

// In place of Elysia's `date-time`, which takes quadratic time, and days that no calendar has.
FormatRegistry.Set('date-time', isInstant);
FormatRegistry.Set('instant-parameter', (text) => parseInstantParameter(text) !== undefined);

/** An instant of a body or a frame. What passes, `new Date` and Postgres read alike. */
export function Instant(options: Pick<StringOptions, 'description'> = {}): TString {
  return Type.String({ ...options, format: 'date-time', maxLength });
}

/** An instant of a query; to be read by `parseInstantParameter`. */
export function InstantParameter(options: Pick<StringOptions, 'description'> = {}): TString {
  return Type.String({ ...options, format: 'instant-parameter', maxLength });
}
