import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';

/** The marks of the person `tx` runs for in the channel of the tenant of `e`, as `marker`. */
const marker = sql`public.realtime_channel_subscriptions marker
  where marker.user_id = (select public.realtime_user())
    and marker.channel = 'realtime_announcements:' || public.realtime_encode_segment(e.tenant_id)`;

/** Whether that person has read everything up to the announcement `e`. */
export const isReadByMark = sql`exists (select from ${marker}
  and marker.read_epoch = e.channel_epoch and marker.read_offset >= e.channel_offset)`;

/** Whether that person has seen everything up to the announcement `e`. */
export const isSeenByMark = sql`exists (select from ${marker}
  and marker.seen_epoch = e.channel_epoch and marker.seen_offset >= e.channel_offset)`;

/**
 * Whether the person `tx` runs for has not read an announcement, neither it alone nor everything up to it, or has marked
 * it as unread since. For queries with `realtime_events` as `e` and the row of that person, which may be missing, as `d`.
 */
export const isUnreadAnnouncement = sql`(d.unread_at is not null
  or (coalesce(d.status, '') not in ('read', 'acknowledged') and not ${isReadByMark}))`;

/** The announcements `e` to the tenants of the person `tx` runs for, with the row of that person as `d`. */
export const announcementsOf = (userId: string, now: string) => sql`
  public.realtime_events e
  left join public.realtime_event_deliveries d on d.event_id = e.id and d.user_id = ${userId}
  where e.delivery_mode = 'channel' and e.status = 'sent' and e.tenant_id = any((select public.realtime_tenants())::text[])
    and (e.expires_at is null or e.expires_at > ${now})`;

/** Returns the number of announcements to their tenants that the person `tx` runs for has not read. */
export async function countUnreadAnnouncements(tx: Drizzle, userId: string, now: string): Promise<number> {
  const { rows } = await tx.execute<{ count: number }>(sql`
    select count(*)::integer as count from ${announcementsOf(userId, now)} and ${isUnreadAnnouncement}`);
  return rows[0]?.count ?? 0;
}

/**
 * Writes the marks `read` or `seen` of a person at the last announcement of each of their tenants; selects the channels
 * whose mark moved.
 */
export const markAnnouncements = (mark: 'read' | 'seen', userId: string) => {
  const [epoch, offset] = [sql.raw(`${mark}_epoch`), sql.raw(`${mark}_offset`)];
  return sql`
    insert into public.realtime_channel_subscriptions as s (user_id, channel, ${epoch}, ${offset})
    select distinct on (tenant_id) ${userId}, 'realtime_announcements:' || public.realtime_encode_segment(tenant_id),
      channel_epoch, channel_offset
    from public.realtime_events
    where delivery_mode = 'channel' and channel_offset is not null and tenant_id = any((select public.realtime_tenants())::text[])
    order by tenant_id, sent_at desc, channel_offset desc
    on conflict (user_id, channel) do update set ${epoch} = excluded.${epoch}, ${offset} = excluded.${offset}
      where (s.${epoch}, s.${offset}) is distinct from (excluded.${epoch}, excluded.${offset})
    returning s.channel`;
};
