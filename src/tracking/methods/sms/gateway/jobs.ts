import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../../../db/connection/open.ts';
import { AppError } from '../../../../errors.ts';
import { type Principal, servicePrincipal } from '../../../../realtime/principal.ts';
import { tellWaiting } from '../../../deliveries/due.ts';
import { acknowledgeReport, reportWithin } from '../../../deliveries/report.ts';
import { asPrincipal, publishWithPrincipal, withPrincipal } from '../../../principal.ts';
import { unreadStatuses } from '../../../statuses.ts';
import { nowOf, type Tracking } from '../../../tracking.ts';
import { takeAnswer } from '../callbacks.ts';
import { jobsPublication } from './gateway-provider.ts';

/** A job that a phone has taken and not reported as sent goes back after this time. Milliseconds. */
export const jobLeaseMs = 60_000;
/** Phones that try one job. */
const maxTakes = 5;
/** Jobs of one transaction. */
const jobsAtOnce = 200;

export interface SmsJob {
  readonly jobId: string;
  readonly to: string;
  readonly text: string;
  /** It is another phone's from then on, unless it was reported as sent. ISO 8601. */
  readonly leasedUntil: string;
}

const isWanted = sql`exists (select from public.realtime_event_deliveries d
  where d.event_id = j.event_id and d.user_id = j.user_id and d.status in ${[...unreadStatuses]})`;

/**
 * Gives a phone what waits in the tenants that its user supervises, the most urgent first. A message that was read
 * meanwhile is cancelled instead. Throws `forbidden` for a user who supervises none.
 */
export async function takeJobs(
  tracking: Tracking,
  principal: Principal,
  { gateway, limit }: { readonly gateway: string; readonly limit: number },
): Promise<readonly SmsJob[]> {
  return asGateway(tracking, principal, async (tx, tenants) => {
    const now = nowOf(tracking);
    const leasedUntil = new Date(Date.parse(now) + jobLeaseMs).toISOString();
    const { rows } = await tx.execute<TakenRow>(sql`
      with due as materialized (
        select j.id, ${isWanted} as is_wanted from public.realtime_sms_jobs j
        where j.status = 'queued' and j.tenant_id = any(${sql.param(tenants)}::text[]) and j.expires_at > ${now}
        order by j.priority_rank desc, j.created_at limit ${limit} for update of j skip locked
      ), taken as (
        update public.realtime_sms_jobs j set status = case when is_wanted then 'taken' else 'cancelled' end,
          gateway = ${holderOf(principal, gateway)}, takes = takes + 1,
          due_at = case when is_wanted then ${leasedUntil}::timestamptz end,
          finished_at = case when not is_wanted then ${now}::timestamptz end
        from due where j.id = due.id returning j.id, j.attempt_id, j.phone, j.body, j.status, j.priority_rank, j.created_at
      )
      select * from taken order by priority_rank desc, created_at`);
    for (const { attempt_id: attemptId } of rows.filter(({ status }) => status === 'cancelled')) {
      await reportWithin(tx, now, { attemptId, report: 'cancelled' });
    }
    return rows
      .filter(({ status }) => status === 'taken')
      .map(({ id: jobId, phone: to, body: text }) => ({ jobId, to, text, leasedUntil }));
  });
}

interface TakenRow extends Record<string, unknown> {
  readonly id: string;
  readonly attempt_id: string;
  readonly phone: string;
  readonly body: string;
  readonly status: string;
}

export interface JobReport {
  readonly jobId: string;
  readonly gateway: string;
  /** `failed` gives it back: another phone may succeed. */
  readonly status: 'sent' | 'delivered' | 'failed';
  readonly error?: string;
}

/**
 * Takes the report of a phone. A phone whose lease has ended still reports what it sent, so that no other sends it again;
 * only the phone that has the job in hand gives it back. A repeat changes nothing. Throws `forbidden`, `not_found`.
 */
export async function reportJob(
  tracking: Tracking,
  principal: Principal,
  { jobId, gateway, status, error = 'the phone could not send it' }: JobReport,
): Promise<void> {
  const reported = await asGateway(tracking, principal, async (tx, tenants) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<{ attempt_id: string; status: string; is_own: boolean }>(sql`
      select attempt_id, status, coalesce(gateway = ${holderOf(principal, gateway)}, false) as is_own
      from public.realtime_sms_jobs where id = ${jobId} and tenant_id = any(${sql.param(tenants)}::text[]) for update`);
    const [job] = rows;
    if (!job) throw new AppError('not_found', `There is no SMS job ${jobId} of your tenants.`);
    if (status === 'failed') {
      if (job.is_own && job.status === 'taken') await giveBack(tx, now, jobId, error);
      return undefined;
    }
    await tx.execute(sql`
      update public.realtime_sms_jobs set status = ${status}, due_at = null,
        finished_at = case when ${status === 'delivered'} then ${now}::timestamptz else finished_at end
      where id = ${jobId} and status in ('queued', 'taken', 'sent')`);
    return reportWithin(tx, now, { attemptId: job.attempt_id, report: status });
  });
  if (status === 'failed') tellWaiting(tracking);
  if (reported && status === 'delivered') await acknowledgeReport(tracking, { report: status }, reported);
}

/**
 * Takes an SMS that a phone of somebody who supervises a tenant received. The choice of a number that belongs to nobody of
 * their tenants changes nothing: a phone states the sender, and nothing proves it. Throws `forbidden`.
 */
export async function takeInboundOfPhone(
  tracking: Tracking,
  principal: Principal,
  { from, body }: { readonly from: string; readonly body: string },
): Promise<void> {
  const isTheirs = await asGateway(tracking, principal, async (tx, tenants) => {
    const { rows } = await tx.execute(sql`
      select from public.realtime_contacts c join ${sql.raw(tracking.members)} m on m.user_id = c.user_id
      where c.phone = ${from} and m.tenant_id = any(${sql.param(tenants)}::text[]) limit 1`);
    return rows.length > 0;
  });
  if (isTheirs) await takeAnswer(tracking, from, body);
}

/** The lease ends now: the worker gives the job to others, or up. */
async function giveBack(tx: Drizzle, now: string, jobId: string, error: string): Promise<void> {
  await tx.execute(
    sql`update public.realtime_sms_jobs set due_at = ${now}, error = ${error.slice(0, 200)} where id = ${jobId}`,
  );
}

/**
 * Puts jobs whose phone did not report in time back into the queue and wakes the phones; gives up those that nobody sent
 * before they expired, or that so many phones have tried. Returns how many jobs changed.
 */
export function returnJobs(tracking: Tracking): Promise<number> {
  return publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const isOver = sql`(j.expires_at <= ${now} or j.takes >= ${maxTakes})`;
    const { rows } = await tx.execute<{
      attempt_id: string;
      tenant_id: string;
      status: string;
      error: string;
    }>(sql`
      with due as materialized (
        select id from public.realtime_sms_jobs where due_at <= ${now} order by due_at limit ${jobsAtOnce} for update skip locked
      )
      update public.realtime_sms_jobs j set
        status = case when not ${isWanted} then 'cancelled' when ${isOver} then 'failed' else 'queued' end,
        due_at = case when not ${isWanted} or ${isOver} then null else j.expires_at end,
        finished_at = case when not ${isWanted} or ${isOver} then ${now}::timestamptz end,
        error = coalesce(j.error, case when j.takes = 0 then 'no phone took it in time' else 'no phone reported it in time' end)
      from due where j.id = due.id returning j.attempt_id, j.tenant_id, j.status, j.error`);
    for (const { attempt_id: attemptId, status, error } of rows) {
      if (status === 'failed' || status === 'cancelled')
        await reportWithin(tx, now, { attemptId, report: status, error });
    }
    const waiting = new Set(rows.filter(({ status }) => status === 'queued').map((row) => row.tenant_id));
    for (const tenantId of waiting) publish(jobsPublication(tenantId));
    return rows.length;
  });
}

/** The phone of one user: two users may name their phones alike. */
const holderOf = ({ userId }: Principal, gateway: string) => `${userId} ${gateway}`;

/** Works as the service for somebody who supervises tenants, with those. Throws `forbidden` where there is none. */
function asGateway<T>(
  tracking: Tracking,
  principal: Principal,
  work: (tx: Drizzle, tenants: readonly string[]) => Promise<T>,
): Promise<T> {
  return withPrincipal(tracking, principal, async (tx) => {
    const { rows } = await tx.execute<{ tenants: readonly string[] | null }>(
      sql`select public.realtime_supervised() as tenants`,
    );
    const tenants = rows[0]?.tenants ?? [];
    if (tenants.length === 0) throw new AppError('forbidden', 'Only those who lead a tenant send its SMS.');
    return asPrincipal(tx, tracking.members, servicePrincipal, () => work(tx, tenants));
  });
}
