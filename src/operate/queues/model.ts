import { type Static, Type } from '@sinclair/typebox';
import { Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text, Uuid } from '../../protocol/schemas/text.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';
import { deliveryStatuses, priorities } from '../../tracking/statuses.ts';
import { listOf, listQuery, success } from '../schemas.ts';

const Count = Type.Integer();
const Id = Type.Integer();
const channel = Type.Optional(Text(3 * maxChannelLength, { description: 'the name in the log' }));

export const OutboxQuery = listQuery({ channel });

const OutboxRow = Type.Object({
  id: Id,
  channel: Type.String(),
  type: Type.String(),
  eventType: Nullable(Type.String()),
  bytes: Type.Integer({ description: 'of its data' }),
  createdAt: Instant(),
});
export type OutboxRow = Static<typeof OutboxRow> & Record<string, unknown>;
export const OutboxList = listOf(OutboxRow, {});

const DeadLetter = Type.Object({
  ...OutboxRow.properties,
  reason: Type.String(),
  data: Type.Unknown(),
});
export type DeadLetter = Static<typeof DeadLetter> & Record<string, unknown>;
export const DeadLetterList = listOf(DeadLetter, {});

export const Retried = Type.Object({
  success,
  outboxId: Type.Integer({ description: 'its place in the outbox, from where a relay moves it' }),
});
export const Discarded = Type.Object({ success });

const oneOf = <Word extends string>(words: readonly Word[]) =>
  Type.Unsafe<Word>(Type.Union(words.map((each) => Type.Literal(each))));
const status = oneOf(deliveryStatuses);

export const DeliveryQuery = listQuery({
  user: Type.Optional(described(Name, 'the id of the recipient')),
  event: Type.Optional(Uuid({ description: 'the id of a tracked event' })),
  status: Type.Optional(status),
  method: Type.Optional(Text(100, { description: 'the way to the person: `websocket`, `web-push`, …' })),
});
export type DeliveryQuery = Static<typeof DeliveryQuery>;

const time = Nullable(Instant());

export const DeliveryRow = Type.Object({
  eventId: Type.String(),
  userId: Type.String(),
  eventType: Type.String(),
  title: Type.String(),
  status,
  priority: oneOf(priorities),
  method: Type.String({ description: 'the present one' }),
  attempts: Type.Integer({ description: 'by it' }),
  maxAttempts: Count,
  awaitsConnection: Type.Boolean(),
  nextAttemptAt: time,
  lastError: Nullable(Type.String()),
  devices: Type.Unknown({ description: 'by device, when it said what' }),
  createdAt: Instant(),
  sentAt: time,
  deliveredAt: time,
  readAt: time,
  acknowledgedAt: time,
  failedAt: time,
  expiredAt: time,
});
export type DeliveryRow = Static<typeof DeliveryRow> & Record<string, unknown>;
export const DeliveryList = listOf(DeliveryRow, {
  tracked: Type.Boolean({ description: 'false: the database has no tracked events' }),
});

export const LeaseQuery = listQuery({ search: channel });

const LeaseRow = Type.Object({
  name: Type.String(),
  token: Count,
  userId: Nullable(Type.String({ description: 'the holder; null of one that is free' })),
  sessionId: Nullable(Type.String()),
  expiresAt: time,
  waiting: Type.Integer({ description: 'in its queue' }),
});
export type LeaseRow = Static<typeof LeaseRow> & Record<string, unknown>;
export const LeaseList = listOf(LeaseRow, {});
