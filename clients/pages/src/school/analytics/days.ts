/** Days of a calendar, as `2026-03-01`, both included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

export const zoneOfDevice = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const dayMs = 86_400_000;

/** The days up to today in the zone. */
export const lastDays = (count: number, zone: string, now = Date.now()): Days => ({
  from: addDays(dayAt(now, zone), 1 - count),
  to: dayAt(now, zone),
});

/** The instants between which the days are. Throws RangeError for a text that is no day. */
export const periodOf = ({ from, to }: Days, zone: string) => ({
  from: beginningOf(from, zone),
  to: beginningOf(addDays(to, 1), zone),
});

const dayAt = (ms: number, zone: string) => wallClock(ms, zone).slice(0, 10);

const addDays = (day: string, count: number) =>
  new Date(Date.parse(`${day}T00:00Z`) + count * dayMs).toISOString().slice(0, 10);

function beginningOf(day: string, zone: string): string {
  const midnight = Date.parse(`${day}T00:00Z`);
  const near = midnight - offsetAt(midnight, zone);
  // Between the two the clocks of the zone may have changed.
  return new Date(midnight - offsetAt(near, zone)).toISOString();
}

const offsetAt = (ms: number, zone: string) => Date.parse(`${wallClock(ms, zone).replace(' ', 'T')}Z`) - ms;

/** Swedish dates are written as ISO 8601 has them. */
const wallClock = (ms: number, timeZone: string) => new Date(ms).toLocaleString('sv-SE', { timeZone });
