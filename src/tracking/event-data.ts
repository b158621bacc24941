import type { EventData } from '../extension/delivery-method.ts';
import type { realtimeEvents } from './schema/events.ts';

type EventRow = typeof realtimeEvents.$inferSelect;

type Source = Pick<
  EventRow,
  | 'id'
  | 'type'
  | 'tenantId'
  | 'sourceUserId'
  | 'title'
  | 'message'
  | 'payload'
  | 'priority'
  | 'actionUrl'
  | 'correlationId'
  | 'expiresAt'
  | 'createdAt'
>;

/** An event as it stands on the wire: nothing in it differs from one recipient to the other. */
export function dataOf(event: Source & { readonly acknowledgement: string }): EventData {
  const { id, type: eventType, tenantId, sourceUserId, title, message, payload } = event;
  const { priority, actionUrl, correlationId, acknowledgement, expiresAt, createdAt } = event;
  return {
    id,
    eventType,
    tenantId,
    sourceUserId,
    title,
    message,
    payload,
    priority,
    actionUrl,
    correlationId,
    acknowledgement,
    expiresAt,
    createdAt,
  };
}
