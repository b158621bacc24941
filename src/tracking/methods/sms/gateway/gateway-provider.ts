import { sql } from 'drizzle-orm';
import type { SmsProvider } from '../../../../extension/delivery-sms.ts';
import { servicePrincipal } from '../../../../realtime/principal.ts';
import { smsJobsChannel } from '../../../channels.ts';
import { publishWithPrincipal } from '../../../principal.ts';
import { nowOf, type Tracking } from '../../../tracking.ts';

/** A job that no phone has sent within this time fails. Milliseconds. */
export const jobLifeMs = 600_000;

/**
 * Sends SMS by the phones of officers: a message becomes a job of its tenant, and the phones there are woken. An event of
 * no tenant is sent by the phones of a tenant of its recipient. The repetition of an attempt after a crash adds no job.
 */
export function createGatewaySms(tracking: Tracking): SmsProvider {
  return {
    send: (message) =>
      publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
        const { attemptId, eventId, userId, tenantId, to, text, priorityRank } = message;
        const now = nowOf(tracking);
        const lastAt = new Date(Date.parse(now) + jobLifeMs).toISOString();
        const expiresAt =
          message.expiresAt !== null && message.expiresAt < lastAt ? message.expiresAt : lastAt;
        const { rows } = await tx.execute<{ id: string; tenant_id: string; is_new: boolean }>(sql`
          with place as (
            select coalesce(${tenantId}, (select min(tenant_id) from ${sql.raw(tracking.members)} m
              where m.user_id = ${userId} and m.tenant_id is not null)) as tenant_id
          ), added as (
            insert into public.realtime_sms_jobs (attempt_id, event_id, user_id, tenant_id, phone, body, priority_rank,
              expires_at, due_at, created_at)
            select ${attemptId}, ${eventId}, ${userId}, tenant_id, ${to}, ${text}, ${priorityRank}, ${expiresAt}, ${expiresAt}, ${now}
            from place where tenant_id is not null
            on conflict (event_id, user_id) where status <> 'failed' do nothing returning id, tenant_id
          )
          select id, tenant_id, true as is_new from added
          union all
          select id, tenant_id, false from public.realtime_sms_jobs
          where event_id = ${eventId} and user_id = ${userId} and status <> 'failed'`);
        const [job] = rows;
        if (!job) return { kind: 'never', error: 'no tenant of theirs has phones' };
        if (job.is_new) publish(jobsPublication(job.tenant_id));
        return { kind: 'taken', providerId: job.id };
      }),
  };
}

/** Wakes the phones of a tenant, which take what waits. */
export const jobsPublication = (tenantId: string) => ({
  channel: smsJobsChannel(tenantId),
  type: 'sms_jobs',
  data: { tenantId },
});
