import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { type ProviderReport, unreadStatuses } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { acknowledge } from './acknowledge.ts';
import { tellWaiting } from './due.ts';

export interface Report {
  readonly attemptId: string;
  readonly report: ProviderReport;
  /** For `failed`: the reason. */
  readonly error?: string;
}

/**
 * Takes what a provider says of a message after it took it. `delivered` makes the delivery delivered; `failed` hands it to
 * the next method, unless it was read meanwhile. Reports come late, twice and in any order: all but `sent` are final, and
 * an unknown attempt changes nothing.
 */
export async function reportAttempt(tracking: Tracking, report: Report): Promise<void> {
  const reported = await withPrincipal(tracking, servicePrincipal, (tx) =>
    reportWithin(tx, nowOf(tracking), report),
  );
  if (!reported) return;
  if (report.report === 'failed') tellWaiting(tracking);
  await acknowledgeReport(tracking, report, reported);
}

export interface ReportedRow extends Record<string, unknown> {
  readonly event_id: string;
  readonly user_id: string;
  readonly method: string;
}

/**
 * Writes a report in a transaction of the service; returns the delivery where the report is news. After the commit of one
 * that is `failed` a worker has something to do.
 */
export async function reportWithin(
  tx: Drizzle,
  now: string,
  { attemptId, report, error = 'failed' }: Report,
): Promise<ReportedRow | undefined> {
  const isFailed = report === 'failed';
  const { rows } = await tx.execute<ReportedRow>(sql`
    update public.realtime_delivery_attempts set report = ${report}, reported_at = ${now},
      error = case when ${isFailed} then ${error} else error end
    where id = ${attemptId} and (report is null or (report = 'sent' and ${report} <> 'sent'))
    returning event_id, user_id, method`);
  const [attempt] = rows;
  if (!attempt || !isFailed) return attempt;
  // Handed over and not read: the worker passes on what has no attempts left.
  await tx.execute(sql`
    update public.realtime_event_deliveries set attempts = max_attempts, next_attempt_at = ${now},
      last_error = ${`${attempt.method}: ${error}`.slice(0, 500)}
    where event_id = ${attempt.event_id} and user_id = ${attempt.user_id} and method = ${attempt.method}
      and next_attempt_at is null and status in ${[...unreadStatuses]}`);
  return attempt;
}

/** Makes the delivery delivered, where the report says so. */
export async function acknowledgeReport(
  tracking: Tracking,
  { report }: Pick<Report, 'report'>,
  { event_id: eventId, user_id: userId }: ReportedRow,
): Promise<void> {
  if (report !== 'delivered') return;
  await acknowledge(tracking, { userId, role: '', tenants: [] }, { eventId, kind: 'delivered' });
}
