import { type Static, Type } from '@sinclair/typebox';
import type { EventData } from '../extension/delivery-method.ts';
import { IdempotencyKey } from '../protocol/schemas/idempotency.ts';
import { Instant } from '../protocol/schemas/instant.ts';
import { Text, Uuid, Word } from '../protocol/schemas/text.ts';
import type { WrittenAt } from '../protocol/schemas/written.ts';
import { maxMessageLength, maxTitleLength } from './events/templates.ts';
import { acknowledgementKinds, type DeliveryMode, type DeliveryStatus, priorities } from './statuses.ts';

const Id = Text(200);
const Ids = (what: string) => Type.Array(Id, { maxItems: 10_000, description: what });
export const Priority = Type.Union(priorities.map((each) => Type.Literal(each)));

/** Each role of the tenant, or everybody there when no role and no user is named. */
export const NewEvent = Type.Object({
  eventType: Text(100),
  tenantId: Type.Optional(Id),
  sourceUserId: Type.Optional(Id),
  targetUserIds: Type.Optional(Ids('people, of the tenant where there is one')),
  targetRoles: Type.Optional(Ids('everybody who has one of these roles in the target tenants')),
  targetTenantIds: Type.Optional(Ids('the tenant itself when left out')),
  excludedUserIds: Type.Optional(Ids('people who do not get it')),
  title: Type.Optional(Text(maxTitleLength)),
  message: Type.Optional(Text(maxMessageLength)),
  payload: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  priority: Type.Optional(Priority),
  scheduledAt: Type.Optional(Instant({ description: 'not to be sent before' })),
  expiresAt: Type.Optional(Instant({ description: 'not to be sent after' })),
  actionUrl: Type.Optional(
    Type.String({
      ...Text(2_000, { description: 'where it leads: an address, or a path of the application' }),
      // Another scheme could lead into a script.
      pattern: '^(https?://|/(?![/\\\\]))[^\\s\\u0000-\\u001f]*$',
    }),
  ),
  correlationId: Type.Optional(Id),
  idempotencyKey: Type.Optional(IdempotencyKey),
});
export type NewEvent = Static<typeof NewEvent>;

export interface CreatedEvent {
  readonly eventId: string;
  readonly deliveryMode: DeliveryMode;
  /** The number of recipients it was written for; null where it is read by position. */
  readonly recipients: number | null;
  /** True when the idempotency key was known: this is the first one, nothing was added. */
  readonly repeated: boolean;
}

/** The data of a `realtime_event`. */
export interface SentEvent extends EventData {
  /** The number of the sending, from 1. A larger one follows where the acknowledgement is missing. */
  readonly attempt: number;
}

export const Acknowledgement = Type.Object({
  eventId: Uuid(),
  kind: Type.Union(acknowledgementKinds.map((kind) => Type.Literal(kind))),
  deviceId: Type.Optional(Word(100, '^[A-Za-z0-9_.:-]{1,100}$')),
});
export type Acknowledgement = Static<typeof Acknowledgement>;

/** The unread count of one person. A later version is newer; the same version is the same count. */
export interface UnreadCount {
  readonly count: number;
  readonly version: number;
}

export interface Acknowledged extends WrittenAt {
  /** The present status of the delivery. */
  readonly status: DeliveryStatus;
  /** False when all of this was known, or comes too late. */
  readonly changed: boolean;
  readonly unread: UnreadCount;
}

/** The data of an `event_marked`: an item as its person has it now. */
export interface MarkedItem {
  readonly eventId: string;
  readonly isRead: boolean;
  readonly isArchived: boolean;
}
