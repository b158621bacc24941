const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+ -]\d\d(?::?\d\d)?)$/;

/**
 * Milliseconds since the Unix epoch of a time in ISO 8601 with its zone, or undefined. Finer digits are cut off, never
 * rounded up: what was published in that millisecond is not passed over.
 */
export function parseTime(text: string): number | undefined {
  if (!isoTime.test(text)) return undefined;
  // A plus sign that was not escaped arrives as a space; JavaScript wants the zone in full.
  const full = text
    .replace(' ', '+')
    .replace(',', '.')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
    .replace(/(T.*[+-]\d\d)$/, '$1:00');
  const time = Date.parse(full.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(time) ? undefined : time;
}
