import { type Static, Type } from '@sinclair/typebox';
import { Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';
import { Reader } from '../channels/model.ts';
import { answerFields, Duration, listOf, listQuery, success } from '../schemas.ts';

export const SessionQuery = listQuery({
  user: Type.Optional(described(Name, 'their id')),
  transport: Type.Optional(Text(50, { description: '`websocket`, `socket.io`, `sse` or `polling`' })),
  version: Type.Optional(Text(100, { description: 'of the client, as it said at the opening' })),
  channel: Type.Optional(
    Text(3 * maxChannelLength, { description: 'the name in the log of one that it reads' }),
  ),
});
export type SessionQuery = Static<typeof SessionQuery>;

const Count = Type.Integer();

const SessionItem = Type.Object({
  id: Type.String({ description: 'the `clientId` of the client' }),
  processId: Type.String(),
  userId: Nullable(Type.String({ description: 'null until it is identified' })),
  role: Nullable(Type.String()),
  tenants: Type.Array(Type.String()),
  transport: Type.String(),
  deviceId: Nullable(Type.String()),
  deviceType: Nullable(Type.String()),
  platform: Nullable(Type.String()),
  version: Nullable(Type.String()),
  openedAt: Instant(),
  heardAt: Instant({ description: 'last sign of life' }),
  expiresAt: Nullable(Instant({ description: 'of the token' })),
  subscriptions: Count,
  waitingBytes: Type.Integer({ description: 'sent and not yet taken by the connection' }),
  roundTripMs: Nullable(Duration('of pings of the server; null before the first reply')),
  loss: Nullable(Type.Number({ description: 'the part of the pings without a reply' })),
});
export type SessionItem = Static<typeof SessionItem>;

export const SessionList = listOf(SessionItem, {
  matching: Type.Integer({ description: 'sessions that match, on all pages' }),
  ...answerFields,
});

const Subscription = Type.Object({
  channel: Type.String({ description: 'the name that the client knows' }),
  log: Type.String({ description: 'the name in the log' }),
  position: Type.String({ description: 'epoch:offset that the client has' }),
  behind: Type.Integer({ description: 'publications that this process has and the client has not' }),
  // A process of the version before says neither, and is asked too while a deploy is under way.
  sent: Type.Optional(
    Type.Integer({ description: 'publications since it began to read, those that were recovered too' }),
  ),
  sentBytes: Type.Optional(Type.Integer({ description: 'of them, about: by the mean size of the latest' })),
  by: Reader.properties.by,
  toldAt: Nullable(Instant({ description: 'when the client last gave its position' })),
});

export const SessionDetail = Type.Object({
  ...SessionItem.properties,
  reads: Type.Array(Subscription),
});
export type SessionDetail = Static<typeof SessionDetail>;

export const SessionView = Type.Object({ success, data: SessionDetail });

export const Ended = Type.Object({
  success,
  processId: Type.String({ description: 'the process that ended it' }),
});
export const Withdrawn = Type.Object({
  success,
  userId: Type.String(),
  revokedAt: Instant({ description: 'every token of the user issued until then is withdrawn' }),
});
