import { and, eq, sql } from 'drizzle-orm';
import { sqlState } from '../../db/connection/errors.ts';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import { keyConflict } from '../../realtime/publishing/idempotency.ts';
import { dataOf } from '../event-data.ts';
import type { CreatedEvent, NewEvent } from '../model.ts';
import { courseOf } from '../preferences/escalation-rules.ts';
import { asPrincipal } from '../principal.ts';
import { realtimeEvents, realtimeEventTypes } from '../schema/events.ts';
import type { DeliveryMode } from '../statuses.ts';
import { nowOf, type Tracking } from '../tracking.ts';
import { insertDeliveries } from './recipients.ts';
import { fillTemplate, maxMessageLength, maxTitleLength, plainText } from './templates.ts';

export interface Written {
  readonly created: CreatedEvent;
  readonly scheduledAt: string;
}

type EventType = typeof realtimeEventTypes.$inferSelect;

/** In a transaction that runs as `by`. Throws as `createEvent`. */
export async function insertEvent(
  tracking: Tracking,
  tx: Drizzle,
  input: NewEvent,
  by: Principal,
): Promise<Written> {
  const type = await typeOf(tx, input.eventType);
  const row = rowOf(tracking, input, type, by);
  const data = dataOf({ ...row, acknowledgement: type.acknowledgement });
  // Data that no log can take is refused before it is written.
  tracking.publisher.checkSize(data);
  const { id: eventId, scheduledAt, deliveryMode } = row;
  const inserted = await tx
    .insert(realtimeEvents)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: realtimeEvents.id })
    .catch(refuse);
  const write = async () => {
    if (inserted.length === 0) return knownEvent(tx, row);
    const everybody = input.targetUserIds === undefined && input.targetRoles === undefined;
    const { methods, maxAttempts } = type;
    const method = methods[0] ?? 'websocket';
    const { escalates } = courseOf(type, row.priority, tracking.methods);
    const targets = { ...row, method, maxAttempts, escalates };
    const recipients =
      deliveryMode === 'channel' ? null : await insertDeliveries(tx, tracking.members, targets, everybody);
    return { eventId, deliveryMode, recipients, repeated: false };
  };
  const created = by.service
    ? await write()
    : await asPrincipal(tx, tracking.members, servicePrincipal, write);
  return { created, scheduledAt };
}

async function typeOf(tx: Drizzle, name: string): Promise<EventType> {
  const [type] = await tx
    .select()
    .from(realtimeEventTypes)
    .where(and(eq(realtimeEventTypes.name, name), realtimeEventTypes.isActive));
  if (!type) {
    throw new AppError('validation_failed', `There is no event type ${name}.`, { field: 'eventType' });
  }
  return type;
}

type EventRow = ReturnType<typeof rowOf>;

export function rowOf(tracking: Tracking, input: NewEvent, type: EventType, by: Principal) {
  const { eventType, excludedUserIds = [], payload = {}, priority = type.priority } = input;
  const now = nowOf(tracking);
  const scheduledAt = input.scheduledAt ? later(now, new Date(input.scheduledAt).toISOString()) : now;
  const lifetimeEnd = type.lifetimeMs ? new Date(Date.parse(scheduledAt) + type.lifetimeMs) : undefined;
  const expiresAt = (input.expiresAt ? new Date(input.expiresAt) : lifetimeEnd)?.toISOString() ?? null;
  if (expiresAt !== null && expiresAt <= scheduledAt) {
    throw new AppError('validation_failed', 'An event expires after it is sent.', { field: 'expiresAt' });
  }
  const { targetTenantIds = input.tenantId === undefined ? [] : [input.tenantId] } = input;
  const tenantId = input.tenantId ?? (targetTenantIds.length === 1 ? targetTenantIds[0] : undefined) ?? null;
  const row = {
    type: eventType,
    tenantId,
    sourceUserId: by.service ? (input.sourceUserId ?? null) : by.userId,
    targetUserIds: input.targetUserIds ?? [],
    targetRoles: input.targetRoles ?? [],
    targetTenantIds,
    excludedUserIds,
    title: titled(input.title, type.titleTemplate, payload, maxTitleLength),
    message: titled(input.message, type.messageTemplate, payload, maxMessageLength),
    payload,
    priority,
    scheduledAt,
    expiresAt,
    actionUrl: input.actionUrl ?? null,
    correlationId: input.correlationId ?? null,
    idempotencyKey: input.idempotencyKey ?? null,
    createdAt: now,
  };
  const { escalates } = courseOf(type, priority, tracking.methods);
  const isToldOnce = type.acknowledgement === 'none' && !escalates;
  return { ...row, id: Bun.randomUUIDv7(), deliveryMode: modeOf(input, row, isToldOnce) };
}

/** By position where all of one tenant are meant, nobody has to answer, and nobody is reached another way. */
function modeOf(
  { targetUserIds, targetRoles, excludedUserIds = [] }: NewEvent,
  row: { readonly tenantId: string | null; readonly targetTenantIds: readonly string[] },
  isToldOnce: boolean,
): DeliveryMode {
  const named = targetUserIds !== undefined || targetRoles !== undefined || excludedUserIds.length > 0;
  const ofOneTenant = row.targetTenantIds.length === 1 && row.targetTenantIds[0] === row.tenantId;
  return !named && ofOneTenant && isToldOnce ? 'channel' : 'person';
}

const titled = (given: string | undefined, template: string, payload: object, maxLength: number) =>
  given === undefined ? fillTemplate(template, payload, maxLength) : plainText(given, maxLength);

const later = (one: string, other: string) => (one > other ? one : other);

/**
 * Returns the content that must be the same in an event whose idempotency key comes again; times that the server sets
 * are left out.
 */
const contentOf = (event: Omit<EventRow, 'idempotencyKey'>): string =>
  JSON.stringify([
    [
      event.type,
      event.title,
      event.message,
      event.payload,
      event.priority,
      event.actionUrl,
      event.correlationId,
    ],
    [event.targetUserIds, event.targetRoles, event.targetTenantIds, event.excludedUserIds],
  ]);

/** The event that was written under the same idempotency key. Throws `idempotency_conflict` for another one. */
async function knownEvent(tx: Drizzle, row: EventRow) {
  const { tenantId, sourceUserId, idempotencyKey } = row;
  const [known] = await tx
    .select()
    .from(realtimeEvents)
    .where(
      and(
        sql`coalesce(${realtimeEvents.tenantId}, '') = ${tenantId ?? ''}`,
        sql`coalesce(${realtimeEvents.sourceUserId}, '') = ${sourceUserId ?? ''}`,
        eq(realtimeEvents.idempotencyKey, idempotencyKey ?? ''),
      ),
    );
  if (!known) throw new Error('An event was neither written nor known.');
  if (contentOf(known) !== contentOf(row)) throw keyConflict();
  const { id: eventId, deliveryMode, recipients } = known;
  return { eventId, deliveryMode, recipients, repeated: true };
}

function refuse(error: unknown): never {
  if (sqlState(error) !== '42501') throw error;
  throw new AppError('forbidden', 'You may not raise this event for this tenant.', { cause: error });
}
