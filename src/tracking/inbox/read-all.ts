import { sql } from 'drizzle-orm';
import type { WrittenAt } from '../../protocol/schemas/written.ts';
import type { Principal } from '../../realtime/principal.ts';
import { channelOf } from '../channels.ts';
import { markAnnouncements } from '../events/announcements.ts';
import type { UnreadCount } from '../model.ts';
import { positionedWithPrincipal } from '../principal.ts';
import { sourcesOf } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { type CountRow, countOf, countUnread, isUnread, readUnread, unreadPublication } from '../unread.ts';

/**
 * Everything that was sent to this person is read: each delivery, and each announcement of their tenants up to the last.
 * `changed` counts the deliveries. All devices are told by `events_read`.
 */
export async function readAll(
  tracking: Tracking,
  principal: Principal,
): Promise<WrittenAt & { readonly changed: number; readonly unread: UnreadCount }> {
  const { userId } = principal;
  const { result, written } = await positionedWithPrincipal(tracking, principal, async (tx, publish) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<CountRow & { readonly changed: number; readonly marked: number }>(sql`
      with found as materialized (
        select d.event_id, d.method, t.acknowledgement
        from public.realtime_event_deliveries d
        join public.realtime_events e on e.id = d.event_id
        join public.realtime_event_types t on t.name = e.type
        where d.user_id = ${userId} and ${isUnread}
        order by d.event_id for update of d
      ), changed as (
        update public.realtime_event_deliveries d set
          status = case when d.status in ${sourcesOf('read')} then 'read' else d.status end,
          read_at = coalesce(d.read_at, ${now}), unread_at = null,
          delivered_at = coalesce(d.delivered_at, ${now}),
          awaits_connection = d.awaits_connection and found.acknowledgement in ('person', 'every_device'),
          next_attempt_at = case when found.acknowledgement in ('person', 'every_device') then d.next_attempt_at end
        from found where d.event_id = found.event_id and d.user_id = ${userId}
        returning found.method
      ), marked as (${markAnnouncements('read', userId)}
      ), counted as (${countUnread(sql`select ${userId}, -1 from changed where method <> 'channel'`)})
      select ${userId} as user_id, (select count(*)::integer from changed) as changed, counted.count, counted.version,
        (select count(*)::integer from marked) as marked
      from (select) one left join counted on true`);
    const [row] = rows;
    if (!row) throw new Error('An aggregate has always one row.');
    if (row.version !== null) publish(unreadPublication(row));
    if (row.changed + row.marked > 0) {
      publish({ channel: channelOf(userId), type: 'events_read', data: { readAt: now } });
    }
    const unread = row.version === null ? await readUnread(tx, userId) : countOf(row);
    return { changed: row.changed, unread };
  });
  return { ...result, ...written };
}
