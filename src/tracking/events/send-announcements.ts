import { and, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { announcementsChannel } from '../channels.ts';
import { eventPublication } from '../deliveries/send-due.ts';
import { dataOf } from '../event-data.ts';
import { asPrincipal } from '../principal.ts';
import { realtimeEvents } from '../schema/events.ts';
import { nowOf, type Tracking } from '../tracking.ts';

/**
 * Publishes the announcements whose time has come, each once on the channel of its tenant, and returns how many. Each
 * learns its place in the channel in the same transaction: who has read up to there has read it.
 */
export async function sendAnnouncements(
  tracking: Tracking,
  { eventId, limit = 50 }: { readonly eventId?: string; readonly limit?: number } = {},
): Promise<number> {
  const { publisher, members } = tracking;
  const { publications } = await publisher.transaction(
    async (tx, _, appendNow) => {
      const now = nowOf(tracking);
      const due = await asPrincipal(tx, members, servicePrincipal, () => claim(tx, now, limit, eventId));
      const publications = due.map((event) => {
        const data = { ...dataOf({ ...event, acknowledgement: 'none' }), attempt: 1 };
        return { channel: announcementsChannel(event.tenantId ?? ''), ...eventPublication(data) };
      });
      const appended = await appendNow(publications);
      await asPrincipal(tx, members, servicePrincipal, async () => {
        for (const [index, { id }] of due.entries()) {
          const { epoch: channelEpoch, offset: channelOffset } = appended[index] ?? {};
          const values = { status: 'sent', sentAt: now, channelEpoch, channelOffset } as const;
          await tx.update(realtimeEvents).set(values).where(eq(realtimeEvents.id, id));
        }
      });
    },
    { oversized: 'refused' },
  );
  return publications.length;
}

function claim(tx: Drizzle, now: string, limit: number, eventId: string | undefined) {
  const { id, deliveryMode, status, scheduledAt, expiresAt, priority } = realtimeEvents;
  return tx
    .select()
    .from(realtimeEvents)
    .where(
      and(
        eventId === undefined ? undefined : eq(id, eventId),
        eq(deliveryMode, 'channel'),
        eq(status, 'pending'),
        lte(scheduledAt, now),
        or(isNull(expiresAt), gt(expiresAt, now)),
      ),
    )
    .orderBy(
      sql`array_position(array['critical', 'urgent', 'high', 'normal', 'low'], ${priority})`,
      scheduledAt,
    )
    .limit(limit)
    .for('update', { skipLocked: true });
}
