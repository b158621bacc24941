import { AppError } from '../../../errors.ts';
import { earliestInstant, formatInstantParameter } from '../../../protocol/schemas/instant.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import type { AnalyticsQuery } from './analytics-model.ts';

/** The rows that a question of analytics is about. */
export interface Scope {
  readonly principal: Principal;
  /** Instants, ISO 8601; `to` itself is not in it. */
  readonly from: string;
  readonly to: string;
  readonly schoolId: string | null;
}

export interface AnalyticsDeps {
  readonly tracking: Pick<Tracking, 'database' | 'members' | 'clock'>;
  /** The zone of days and hours. */
  readonly timeZone: string;
}

const day = 86_400_000;
const usualDays = 28;

/** Throws `validation_failed` for a period that ends before it begins, or is longer than `maxDays`. */
export function scopeOf(
  { from, to, schoolId }: AnalyticsQuery,
  principal: Principal,
  { now, maxDays }: { readonly now: number; readonly maxDays: number },
): Scope {
  const end = to === undefined ? new Date(now).toISOString() : formatInstantParameter(to);
  const usual = new Date(Math.max(Date.parse(end) - usualDays * day, earliestInstant)).toISOString();
  const begin = from === undefined ? usual : formatInstantParameter(from);
  const length = Date.parse(end) - Date.parse(begin);
  if (length < 0 || length > maxDays * day) {
    throw new AppError(
      'validation_failed',
      `The period is from ${begin} to ${end}: it has to end after it begins, and to be of at most ${maxDays} days.`,
      { field: 'from' },
    );
  }
  return { principal, from: begin, to: end, schoolId: schoolId ?? null };
}
