import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';

/**
 * Whether the person `tx` runs for has not read an announcement: neither it alone, nor everything up to it. For queries
 * with `realtime_events` as `e`.
 */
export const isUnreadAnnouncement = sql`(
  not exists (select from public.realtime_event_deliveries own
    where own.event_id = e.id and own.user_id = (select public.realtime_user()) and own.status in ('read', 'acknowledged'))
  and not exists (select from public.realtime_channel_subscriptions marker
    where marker.user_id = (select public.realtime_user())
      and marker.channel = 'realtime_announcements:' || public.realtime_encode_segment(e.tenant_id)
      and marker.read_epoch = e.channel_epoch and marker.read_offset >= e.channel_offset))`;

/** Returns the number of announcements to their tenants that the person `tx` runs for has not read. */
export async function countUnreadAnnouncements(tx: Drizzle, now: string): Promise<number> {
  const { rows } = await tx.execute<{ count: number }>(sql`
    select count(*)::integer as count from public.realtime_events e
    where e.delivery_mode = 'channel' and e.status = 'sent' and e.tenant_id = any((select public.realtime_tenants())::text[])
      and (e.expires_at is null or e.expires_at > ${now}) and ${isUnreadAnnouncement}`);
  return rows[0]?.count ?? 0;
}
