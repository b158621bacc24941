import { sql } from 'drizzle-orm';
import type { WrittenAt } from '../../protocol/schemas/written.ts';
import type { Principal } from '../../realtime/principal.ts';
import { channelOf } from '../channels.ts';
import { markAnnouncements } from '../events/announcements.ts';
import { positionedWithPrincipal } from '../principal.ts';
import { unreadStatuses } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';

/**
 * Everything that was sent to this person is seen: they looked into a list that has it. All devices are told by
 * `events_seen` where that is news.
 */
export async function seeAll(
  tracking: Tracking,
  principal: Principal,
): Promise<WrittenAt & { readonly changed: boolean }> {
  const { userId } = principal;
  const { result, written } = await positionedWithPrincipal(tracking, principal, async (tx, publish) => {
    const now = nowOf(tracking);
    const { rows } = await tx.execute<{ readonly changed: boolean }>(sql`
      with found as materialized (
        select d.event_id from public.realtime_event_deliveries d
        where d.user_id = ${userId} and d.status in ${[...unreadStatuses]} and d.seen_at is null
        order by d.event_id for update of d
      ), changed as (
        update public.realtime_event_deliveries d set seen_at = ${now}
        from found where d.event_id = found.event_id and d.user_id = ${userId} returning d.event_id
      ), marked as (${markAnnouncements('seen', userId)})
      select exists (select from changed) or exists (select from marked) as changed`);
    const changed = rows[0]?.changed === true;
    if (changed) publish({ channel: channelOf(userId), type: 'events_seen', data: { seenAt: now } });
    return { changed };
  });
  return { ...result, ...written };
}
