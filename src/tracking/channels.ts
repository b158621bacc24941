import { Type } from '@sinclair/typebox';
import { sql } from 'drizzle-orm';
import { channel } from '../extension/channel.ts';
import { encodeSegment, personalChannel } from '../protocol/wire/channel-name.ts';
import type { MarkedItem, SentEvent, UnreadCount } from './model.ts';
import type { DeliveryStatus } from './statuses.ts';
import type { Tracking } from './tracking.ts';

/** The personal channel of events. */
export const eventsChannel = 'realtime_events';
/** Its name in the log. */
export const channelOf = (userId: string) => personalChannel(eventsChannel, userId);

/** Returns the channel that a whole tenant reads by position: `realtime_event` with an {@link EventData}. */
export const announcementsChannel = (tenantId: string) => `realtime_announcements:${encodeSegment(tenantId)}`;

/** Returns the channel that wakes the phones which send the SMS of a tenant: `sms_jobs`. */
export const smsJobsChannel = (tenantId: string) => `realtime_sms_jobs:${encodeSegment(tenantId)}`;

/** Listeners of Socket.IO get the event itself. */
const eventPayload = 'data' as const;

const publications = {
  realtime_event: Type.Unsafe<SentEvent>(),
  unread_count: Type.Unsafe<UnreadCount>(),
  event_status: Type.Unsafe<{ readonly eventId: string; readonly status: DeliveryStatus }>(),
  event_marked: Type.Unsafe<MarkedItem>(),
  events_read: Type.Unsafe<{ readonly readAt: string }>(),
  events_seen: Type.Unsafe<{ readonly seenAt: string }>(),
};

export function trackingChannels({ database, members }: Pick<Tracking, 'database' | 'members'>) {
  return [
    channel(eventsChannel, { read: () => true, personal: true, publications, eventPayload }),
    channel('realtime_announcements:{tenantId}', {
      publications: { realtime_event: publications.realtime_event },
      eventPayload,
      contextChannel: announcementsChannel,
      async read({ service, userId, role, tenants }, { tenantId }) {
        if (service) return true;
        if (tenants.length > 0 && !tenants.includes(tenantId)) return false;
        const { rows } = await database.db.execute(sql`select from ${sql.raw(members)}
          where user_id = ${userId} and role = ${role} and tenant_id = ${tenantId} limit 1`);
        return rows.length > 0;
      },
    }),
    channel('realtime_sms_jobs:{tenantId}', {
      publications: { sms_jobs: Type.Object({ tenantId: Type.String() }) },
      async read({ service, userId, role, tenants }, { tenantId }) {
        if (service) return true;
        if (tenants.length > 0 && !tenants.includes(tenantId)) return false;
        const { rows } = await database.db.execute(sql`select from ${sql.raw(members)}
          where user_id = ${userId} and role = ${role} and tenant_id = ${tenantId} and supervises limit 1`);
        return rows.length > 0;
      },
    }),
  ];
}

/** The channel of the NOTIFY after deliveries were written; the workers listen to it. */
export const deliveriesWaiting = 'realtime_deliveries';
