import { parseInstant } from '../../protocol/schemas/instant.ts';

/**
 * Milliseconds since the Unix epoch of a `since` that is a time, or undefined. Beside an instant as bodies have it, ISO
 * 8601 with a comma before its decimals and with a short offset, as logs and `psql` print them. Decimals are cut off,
 * never rounded up: nothing that was published in that millisecond is passed over.
 */
export function parseTime(text: string): number | undefined {
  if (text.length > 64) return undefined;
  // A plus sign that was not escaped arrives as a space.
  const full = text
    .replace(' ', '+')
    .replace(',', '.')
    .replace(/(T.*[+-]\d\d)(\d\d)$/, '$1:$2')
    .replace(/(T.*[+-]\d\d)$/, '$1:00');
  return parseInstant(full);
}
