import type { Drizzle } from '../../db/connection/open.ts';
import { once } from '../../db/log/once.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import { tellWaiting, tellWaitingAfter } from '../deliveries/due.ts';
import { deliveriesAtOnce, sendDue } from '../deliveries/send-due.ts';
import type { CreatedEvent, NewEvent } from '../model.ts';
import { asPrincipal } from '../principal.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { insertEvent, type Written } from './insert-event.ts';
import { sendAnnouncements } from './send-announcements.ts';
import { sendTogether } from './send-together.ts';

export interface CreateOptions {
  /** On whose behalf; row level security says what they may raise. The service when left out. */
  readonly by?: Principal;
  /** A transaction to take part in: the event is sent when that commits (R5), by any process that runs `sendDue`. */
  readonly tx?: Drizzle;
  /** The key of the request, which writes one event however often it comes. Not together with `tx`. */
  readonly requestKey?: RequestKey | undefined;
}

/**
 * Writes an event and a delivery for each of its recipients, all or nothing. Without a transaction of the caller it is
 * then sent at once, unless its time has not come or there are so many that more urgent ones might have to wait.
 * Throws `validation_failed`, `forbidden`, `payload_too_large`.
 */
export async function createEvent(
  tracking: Tracking,
  input: NewEvent,
  { by = servicePrincipal, tx, requestKey }: CreateOptions = {},
): Promise<CreatedEvent> {
  const { members } = tracking;
  if (by.service && !tx && !requestKey) {
    const sent = await sendTogether(tracking, input);
    if (sent) return sent;
  }
  const insert = (own: Drizzle) => asPrincipal(own, members, by, () => insertEvent(tracking, own, input, by));
  if (tx) {
    const { created } = await insert(tx);
    await tellWaitingAfter(tracking, tx);
    return created;
  }
  const { result, repeated } = await tracking.database.transaction((own, query) =>
    once(query, requestKey, () => insert(own)),
  );
  if (repeated) return { ...result.created, repeated };
  await sendNow(tracking, result);
  tellWaiting(tracking);
  return result.created;
}

/** A failure here loses nothing: the event is committed, and the next `sendDue` finds it. */
async function sendNow(tracking: Tracking, { created, scheduledAt }: Written): Promise<void> {
  const { eventId, deliveryMode, recipients, repeated } = created;
  if (repeated || scheduledAt > nowOf(tracking)) return;
  try {
    if (deliveryMode === 'channel') await sendAnnouncements(tracking, { eventId });
    else if ((recipients ?? 0) <= deliveriesAtOnce) await sendDue(tracking, { eventId });
  } catch (error) {
    tracking.logger.warn({ err: error, eventId }, 'event could not be sent; the worker sends it again');
  }
}
