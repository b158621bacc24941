import { sql } from 'drizzle-orm';
import { encodeSegment, personalChannel } from '../protocol/wire/channel-name.ts';
import type { Namespace } from '../realtime/channels/namespace.ts';
import type { Tracking } from './tracking.ts';

/** Of each person their own: `realtime_event` with an {@link EventData}, `unread_count` with an {@link UnreadCount}. */
export const eventsChannel = 'realtime_events';
/** Its name in the log. */
export const channelOf = (userId: string) => personalChannel(eventsChannel, userId);

/** What a whole tenant reads by position: `realtime_event` with an {@link EventData}. */
export const announcementsChannel = (tenantId: string) => `realtime_announcements:${encodeSegment(tenantId)}`;

/** Listeners of Socket.IO get the event itself. */
const eventPayload = 'data';

export function trackingChannels({
  database,
  members,
}: Pick<Tracking, 'database' | 'members'>): readonly Namespace[] {
  return [
    { pattern: eventsChannel, read: () => true, personal: true, eventPayload },
    {
      pattern: 'realtime_announcements:{tenantId}',
      eventPayload,
      contextChannel: announcementsChannel,
      async read({ service, userId, role, tenants }, segment = '') {
        if (service) return true;
        if (tenants.length > 0 && !tenants.some((tenant) => encodeSegment(tenant) === segment)) return false;
        const { rows } = await database.db.execute(sql`select from ${sql.raw(members)}
          where user_id = ${userId} and role = ${role} and public.realtime_encode_segment(tenant_id) = ${segment} limit 1`);
        return rows.length > 0;
      },
    },
  ];
}

/** What NOTIFY says when deliveries were written: whoever runs `sendDue` listens to it. */
export const deliveriesWaiting = 'realtime_deliveries';
