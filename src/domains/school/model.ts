import { type Static, type TUnsafe, Type } from '@sinclair/typebox';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { IdempotencyKey, repeated } from '../../protocol/schemas/idempotency.ts';
import { InstantParameter } from '../../protocol/schemas/instant.ts';
import { pageFields } from '../../protocol/schemas/paging.ts';
import { Text, Uuid, Word } from '../../protocol/schemas/text.ts';
import { writtenFields } from '../../protocol/schemas/written.ts';
import { NewEvent } from '../../tracking/model.ts';
import { EscalationRules } from '../../tracking/preferences/escalation-rules.ts';
import {
  awaitedAcknowledgements,
  deliveryModes,
  deliveryStatuses,
  priorities,
} from '../../tracking/statuses.ts';
import { schoolRoles } from './roles.ts';

/** A closed set of words. A union made of an array is `never` to Elysia, hence the cast. */
export const oneOf = <const Word extends string>(words: readonly Word[]) =>
  Type.Union(words.map((word) => Type.Literal(word))) as unknown as TUnsafe<Word>;

export const Id = Text(200);
export const DeviceId = Word(100, '^[A-Za-z0-9_.:-]{1,100}$', {
  description: 'the same for all connections of one device',
});
const Instant = Type.String({ description: 'ISO 8601, UTC' });
const Time = InstantParameter();
const success = Type.Literal(true);

export const Priority = oneOf(priorities);
export const Status = oneOf(deliveryStatuses);
export const Role = oneOf(schoolRoles);

export const Unread = Type.Object({
  count: Type.Integer({ description: 'events to this person that are unread, as `unread_count` says it' }),
  version: Type.Integer({ description: 'of the count: the larger is newer' }),
});

/** Beside `unread` and `limit`, which come as text. */
export const EventQuery = Type.Object({
  status: Type.Optional(Status),
  type: Type.Optional(Text(100)),
  priority: Type.Optional(Priority),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  cursor: Type.Optional(Text(200, { minLength: 0, description: '`nextCursor` of the page before' })),
});

export const InboxEvent = Type.Object({
  id: Type.String(),
  eventType: Type.String(),
  tenantId: Nullable(described(Type.String(), 'the school')),
  sourceUserId: Nullable(Type.String()),
  title: Type.String(),
  message: Type.String(),
  payload: Type.Record(Type.String(), Type.Unknown()),
  priority: Priority,
  actionUrl: Nullable(Type.String()),
  correlationId: Nullable(Type.String()),
  acknowledgement: oneOf(awaitedAcknowledgements),
  status: Status,
  sentAt: Instant,
  deliveredAt: Nullable(Instant),
  readAt: Nullable(Instant),
  acknowledgedAt: Nullable(Instant),
  isRead: Type.Boolean(),
  isSeen: Type.Boolean({ description: 'false: unread, and in no list that the person looked into' }),
  archivedAt: Nullable(Instant),
  isAnnouncement: described(Type.Boolean(), 'to everybody at the school, and not in `unread.count`'),
  expiresAt: Nullable(Instant),
  createdAt: Instant,
});

const Counts = Type.Object(
  {
    all: Type.Integer(),
    unread: Type.Integer(),
    unseen: Type.Integer(),
    archived: Type.Integer({ description: 'in no other number here' }),
    byType: Type.Record(Type.String(), Type.Integer()),
    byPriority: Type.Record(Type.String(), Type.Integer()),
  },
  { description: 'of the whole inbox, whatever the filter; where `counts=true` asks for it' },
);

export const EventPage = Type.Object({
  data: Type.Array(InboxEvent, { description: 'the latest first' }),
  nextCursor: Nullable(Type.String()),
  unread: Type.Composite([
    Unread,
    Type.Object({
      announcements: Type.Integer({ description: 'to everybody at a school, and unread' }),
      total: Type.Integer({ description: '`count` and `announcements` together' }),
    }),
  ]),
  counts: Type.Optional(Counts),
  position: Type.String({ description: 'of `realtime_events`, at the moment that the page shows' }),
});

export const EventParameters = Type.Object({ id: Uuid() });
export const Device = Type.Object({
  deviceId: Type.Optional(DeviceId),
  userId: Type.Optional(described(Id, 'for a service key: the person it reports for')),
});
export type Device = Static<typeof Device>;

export const Acknowledged = Type.Object({
  success,
  status: Status,
  changed: Type.Boolean({ description: 'false: it was known, or came too late' }),
  unread: Unread,
  ...writtenFields,
});
export const Marked = Type.Object({
  success,
  eventId: Type.String(),
  isRead: Type.Boolean(),
  isArchived: Type.Boolean(),
  changed: Type.Boolean({ description: 'false: it was so before' }),
  unread: Unread,
  ...writtenFields,
});
export const AllSeen = Type.Object({
  success,
  changed: Type.Boolean({ description: 'false: nothing was unseen' }),
  ...writtenFields,
});
export const AllRead = Type.Object({ success, changed: Type.Integer(), unread: Unread, ...writtenFields });

export const EventType = Type.Object({
  name: Type.String(),
  description: Type.String(),
  titleTemplate: Type.String(),
  messageTemplate: Type.String(),
  priority: Priority,
  acknowledgement: oneOf(awaitedAcknowledgements),
  methods: Type.Array(Type.String()),
  retryIntervalMs: Type.Integer({ description: 'until it is sent the second time; doubled each time after' }),
  maxAttempts: Type.Integer({ description: 'times it is sent by one method' }),
  escalation: Nullable(EscalationRules),
  lifetimeMs: Nullable(Type.Integer()),
  sourceRoles: Type.Array(Type.String(), {
    description: 'who may raise it; the school’s own modules always may',
  }),
  isActive: Type.Boolean(),
});
export const EventTypes = Type.Object({ data: Type.Array(EventType) });

const { scheduledAt, expiresAt, actionUrl, payload, correlationId } = NewEvent.properties;
const sending = {
  priority: Type.Optional(Priority),
  scheduledAt,
  expiresAt,
  actionUrl,
  payload,
  correlationId,
  idempotencyKey: Type.Optional(IdempotencyKey),
};

export const TestEvent = Type.Object({
  title: Type.Optional(Text(200)),
  message: Type.Optional(Text(2_000)),
  priority: Type.Optional(Priority),
});
export type TestEvent = Static<typeof TestEvent>;

export const Broadcast = Type.Object({
  title: Text(200),
  message: Text(2_000),
  schoolId: Type.Optional(described(Id, 'needed from those of several schools, or of none')),
  targetRoles: Type.Optional(
    Type.Array(Role, {
      minItems: 1,
      maxItems: schoolRoles.length,
      description: 'everybody when left out, and no user is named',
    }),
  ),
  targetUserIds: Type.Optional(
    Type.Array(Id, { minItems: 1, maxItems: 10_000, description: 'people of the school, beside the roles' }),
  ),
  excludedUserIds: Type.Optional(Type.Array(Id, { maxItems: 1_000 })),
  ...sending,
});
export type Broadcast = Static<typeof Broadcast>;

export const SystemEvent = Type.Object({
  title: Text(200),
  message: Text(2_000),
  schoolIds: Type.Optional(
    Type.Array(Id, { minItems: 1, maxItems: 1_000, description: 'all when left out' }),
  ),
  targetRoles: Type.Optional(Type.Array(Role, { minItems: 1, maxItems: schoolRoles.length })),
  ...sending,
});
export type SystemEvent = Static<typeof SystemEvent>;

export const Created = Type.Object({
  eventId: Type.String(),
  deliveryMode: oneOf(deliveryModes),
  recipients: Type.Union([Type.Integer(), Type.Null()], {
    description: 'for how many it was written; null where everybody reads it by position',
  }),
  repeated: Type.Boolean({ description: 'the idempotency key was known: this is the first one' }),
});
export const CreatedAnswer = Type.Object({ success, data: Created, repeated });
export const BatchAnswer = Type.Object({ success, data: Type.Array(Created), repeated });

export const Schools = Type.Object({
  data: Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), { description: 'by name' }),
  ...pageFields,
});

export const Turn = Type.Object({ schoolId: Id });
export const Turned = Type.Object({
  success,
  schoolId: Type.String(),
  schoolName: Type.String(),
  previousSchoolId: described(Nullable(Type.String()), 'the one school that the credentials name'),
});

export const Health = Type.Object({
  success,
  status: Type.Literal('ok'),
  connections: Type.Integer({ description: 'live sessions of this process' }),
  timestamp: Instant,
});

export const ConnectionTest = Type.Object({
  success,
  delivered: Type.Integer({ description: 'sessions of this process that were sent `connection_test`' }),
  connections: Type.Array(
    Type.Object({
      id: Type.String({ description: '`clientId`' }),
      transport: Type.String(),
      schoolId: Nullable(Type.String()),
      deviceId: Type.String(),
      deviceType: Type.String(),
      platform: Nullable(Type.String()),
      latencyMs: Nullable(Type.Number()),
      loss: Nullable(Type.Number()),
      quality: Nullable(Type.String()),
      connectedAt: Instant,
    }),
    { description: 'of the caller, on all processes' },
  ),
  timestamp: Instant,
});
