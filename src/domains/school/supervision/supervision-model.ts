import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from '../../../protocol/nullable.ts';
import { described } from '../../../protocol/schemas/described.ts';
import { pageFields } from '../../../protocol/schemas/paging.ts';
import { Text, Word } from '../../../protocol/schemas/text.ts';
import { EscalationRules } from '../../../tracking/preferences/escalation-rules.ts';
import { awaitedAcknowledgements, deliveryModes, eventStatuses } from '../../../tracking/statuses.ts';
import { EventType, Id, oneOf, Priority, Role, Status } from '../model.ts';
import { schoolRoles } from '../roles.ts';

const day = 86_400_000;
const Instant = Type.String({ description: 'ISO 8601, UTC' });

export const EventTypeName = Word(100, '^[a-z][a-z0-9_]{0,99}$');
export const EventTypeParameters = Type.Object({ name: EventTypeName });

export const EventTypeChange = Type.Partial(
  Type.Object({
    description: Text(500, { minLength: 0 }),
    titleTemplate: Text(200),
    messageTemplate: Text(2_000),
    priority: Priority,
    acknowledgement: oneOf(awaitedAcknowledgements),
    retryIntervalMs: Type.Integer({ minimum: 1_000, maximum: 7 * day }),
    maxAttempts: Type.Integer({ minimum: 1, maximum: 100 }),
    methods: Type.Array(Word(50, '^[a-z][a-z0-9-]{0,49}$'), {
      minItems: 1,
      maxItems: 10,
      description: 'the ways to a person, tried in this order; one that is not set up is passed over',
    }),
    escalation: Nullable(EscalationRules),
    lifetimeMs: Nullable(Type.Integer({ minimum: 1_000, maximum: 3_650 * day })),
    sourceRoles: Type.Array(Role, { maxItems: schoolRoles.length }),
    isActive: Type.Boolean({ description: 'false: no event of this type is raised any more' }),
  }),
  { minProperties: 1 },
);
export type EventTypeChange = Static<typeof EventTypeChange>;

export const EventTypeAnswer = Type.Object({ success: Type.Literal(true), data: EventType });

export const Cancelled = Type.Object({
  success: Type.Literal(true),
  cancelled: Type.Integer({ description: 'deliveries that it ended; an announcement has none' }),
});

const Count = Type.Integer({ minimum: 0 });
export const Readers = Type.Object({
  data: Type.Array(
    Type.Object({
      userId: Id,
      status: Status,
      deliveredAt: Nullable(Instant),
      readAt: described(Nullable(Instant), 'null also where all was marked as read at once'),
      acknowledgedAt: Nullable(Instant),
    }),
    { description: 'the recipients by user id' },
  ),
  nextCursor: Nullable(Type.String()),
  recipients: described(Count, 'of an announcement, the people of the school as they are now'),
  read: Count,
  acknowledged: Count,
});

export const RaisedEvents = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String(),
      eventType: Type.String(),
      tenantId: described(Nullable(Type.String()), 'the school; null for all of them'),
      sourceUserId: Nullable(Type.String()),
      title: Type.String(),
      message: Type.String(),
      priority: Priority,
      status: oneOf(eventStatuses),
      deliveryMode: oneOf(deliveryModes),
      createdAt: Instant,
    }),
    { description: 'the latest first' },
  ),
  ...pageFields,
});
