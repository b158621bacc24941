import { and, eq, inArray } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import type { EventData } from '../../extension/delivery-method.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import type { NewPublication } from '../../realtime/publishing/new-publication.ts';
import { SharedData } from '../../realtime/publishing/payload.ts';
import { channelOf } from '../channels.ts';
import { dataOf } from '../event-data.ts';
import type { SentEvent } from '../model.ts';
import { publishWithPrincipal } from '../principal.ts';
import { realtimeEvents, realtimeEventTypes } from '../schema/events.ts';
import { type DeliveryStatus, priorities } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { unreadPublication } from '../unread.ts';
import { alreadyHeard, type Claimed, claimAwaiting, claimDue, countAttempts } from './claim-due.ts';

/** Deliveries of one transaction: few enough that an urgent one soon has its turn. */
export const deliveriesAtOnce = 500;

export interface SendOptions {
  /** Restricts the sending to this event. */
  readonly eventId?: string;
  /** At most {@link deliveriesAtOnce}. */
  readonly limit?: number;
}

/**
 * Publishes what is due by `websocket`, the most urgent first, and returns how many deliveries it claimed: pending ones
 * for the first time, others again because the acknowledgement their type awaits is missing. One transaction claims
 * them, makes them `sent`, counts them unread and appends to the log, so each attempt is published exactly once,
 * whatever dies and however many processes do this at once. An attempt after the type's last, another method, or an
 * event that is over is not its business.
 */
export function sendDue(
  tracking: Tracking,
  { eventId, limit = deliveriesAtOnce }: SendOptions = {},
): Promise<number> {
  return publishClaimed(tracking, (tx, now) => claimDue(tx, now, limit, eventId, tracking.methods));
}

/**
 * Publishes to people who have connected what was due while they were not, in the order in which it was sent. Sessions
 * that have read it from the log meanwhile do not hear it again.
 */
export async function sendAwaiting(tracking: Tracking, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  let sent = deliveriesAtOnce;
  while (sent === deliveriesAtOnce) {
    sent = await publishClaimed(tracking, (tx, now) => claimAwaiting(tx, now, deliveriesAtOnce, userIds));
  }
}

async function publishClaimed(
  tracking: Tracking,
  claim: (tx: Drizzle, now: string) => Promise<readonly Claimed[]>,
): Promise<number> {
  const claimed = await publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const now = nowOf(tracking);
    const rows = await claim(tx, now);
    const heard = rows.filter(({ is_heard }) => is_heard);
    if (heard.length === 0) return rows;
    const events = await beginEvents(tx, now, [...new Set(heard.map((row) => row.event_id))]);
    const eventOf = publishedEvents(events);
    for (const row of heard) publish(publicationOf(row, eventOf(row)));
    const unrecorded = heard.filter((row) => !row.is_connected && hasReaders(tracking, row.user_id));
    if (unrecorded.length > 0) await countAttempts(tx, now, unrecorded);
    const counts = new Map(rows.map((row) => [row.user_id, row]));
    for (const row of counts.values()) if (row.version !== null) publish(unreadPublication(row));
    return rows;
  });
  measureSent(
    tracking,
    claimed.filter(({ is_heard }) => is_heard),
  );
  return claimed.length;
}

/** Whether a session of this process reads the person's channel. */
export const hasReaders = ({ channels }: Tracking, userId: string) =>
  (channels?.get(channelOf(userId))?.subscribers.size ?? 0) > 0;

function publicationOf(row: Claimed, event: EventPublication): NewPublication {
  const exclude = alreadyHeard(row);
  return { channel: channelOf(row.user_id), ...event, ...(exclude && { exclude }) };
}

/** The events of claimed deliveries as they are published: one for all who get the same attempt. */
function publishedEvents(events: ReadonlyMap<string, EventData>): (row: Claimed) => EventPublication {
  const published = new Map<string, EventPublication>();
  return ({ event_id: id, attempt }) => {
    const key = `${id} ${attempt}`;
    const data = events.get(id);
    if (!data) throw new Error('A delivery was claimed without its event.');
    const event = published.get(key) ?? eventPublication({ ...data, attempt });
    published.set(key, event);
    return event;
  };
}

type EventPublication = Omit<NewPublication, 'channel'>;

/** An event as it is published, wherever to. It is encoded once, however many get this very one. */
export const eventPublication = (data: SentEvent): EventPublication => ({
  type: 'realtime_event',
  eventType: data.eventType,
  data: new SharedData(data),
  ...(data.sourceUserId !== null && { sourceUserId: data.sourceUserId }),
});

/** Counts and times the deliveries of a committed claim. */
export function measureSent({ measures }: Tracking, sent: readonly SentRow[]): void {
  for (const { status, priority_rank, waited_ms } of sent) {
    measures?.count(`sent_${priorities[priority_rank - 1] ?? 'normal'}`);
    if (status === 'pending') measures?.time('created_to_sent_ms', waited_ms);
  }
}

export interface SentRow {
  /** Before it was sent. */
  readonly status: DeliveryStatus;
  readonly priority_rank: number;
  /** Since it was due. */
  readonly waited_ms: number;
}

/** Makes pending events sent, and returns what they say. */
export async function beginEvents(
  tx: Drizzle,
  now: string,
  ids: readonly string[],
): Promise<Map<string, EventData>> {
  const claimed = inArray(realtimeEvents.id, [...ids]);
  const rows = await tx
    .select({ event: realtimeEvents, acknowledgement: realtimeEventTypes.acknowledgement })
    .from(realtimeEvents)
    .innerJoin(realtimeEventTypes, eq(realtimeEventTypes.name, realtimeEvents.type))
    .where(claimed);
  if (rows.some(({ event }) => event.status === 'pending')) {
    const values = { status: 'sent', sentAt: now } as const;
    await tx
      .update(realtimeEvents)
      .set(values)
      .where(and(claimed, eq(realtimeEvents.status, 'pending')));
  }
  return new Map(rows.map(({ event, acknowledgement }) => [event.id, dataOf({ ...event, acknowledgement })]));
}
