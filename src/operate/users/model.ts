import { type Static, Type } from '@sinclair/typebox';
import { Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { DeliveryRow } from '../queues/model.ts';
import { answerFields, success } from '../schemas.ts';
import { SessionList } from '../sessions/model.ts';

/** The identity that rules are asked with, where it is not known from a connection. */
export const identityParameters = {
  asRole: Type.Optional(described(Name, 'the role that the rules are asked with')),
  asTenants: Type.Optional(Text(2_000, { description: 'the tenants, separated by commas' })),
};
export const UserQuery = Type.Object(identityParameters);

export const Right = Type.Object({
  channel: Type.String({
    description: 'the name that the client knows; a pattern where parameters are needed',
  }),
  reads: Nullable(Type.Boolean({ description: 'null where the parameters decide' })),
  because: Type.String(),
});
export type Right = Static<typeof Right>;

export const UserView = Type.Object({
  success,
  userId: Type.String(),
  identity: Type.Object(
    {
      role: Nullable(Type.String()),
      tenants: Type.Array(Type.String()),
      from: Type.Union([Type.Literal('given'), Type.Literal('a connection'), Type.Literal('nothing')], {
        description: 'of `nothing`, the rules were asked with the default role',
      }),
    },
    { description: 'what the rules below were asked with' },
  ),
  sessions: Type.Array(SessionList.properties.data.items, { description: 'live ones, at most 50' }),
  positions: Type.Array(
    Type.Object({
      channel: Type.String({ description: 'the name in the log' }),
      deviceId: Type.String(),
      transport: Type.String(),
      position: Type.String(),
      behind: Nullable(Type.Integer({ description: 'null where the log began a new life' })),
      seenAt: Instant({ description: 'when it was last connected' }),
    }),
    { description: 'last known positions of devices when they left, at most 100' },
  ),
  reads: Type.Array(Right, {
    description: 'each kind of channel, and the channels that the person reads or read last',
  }),
  revokedAt: Nullable(Instant({ description: 'tokens issued until then are withdrawn' })),
  mutes: Type.Array(
    Type.Object({ namespace: Type.String(), kind: Type.String({ description: 'empty: all' }) }),
  ),
  inbox: Nullable(
    Type.Object({
      unread: Type.Integer(),
      latest: Type.Array(DeliveryRow, { description: 'at most 10, the newest first' }),
    }),
  ),
  push: Nullable(
    Type.Array(
      Type.Object({
        kind: Type.String({
          description: 'of a browser the host of its push service, of a phone its platform: `fcm android`',
        }),
        version: Nullable(Type.String({ description: 'of the app on a phone' })),
        createdAt: Instant(),
        seenAt: Nullable(Instant({ description: 'the last start of the app on a phone' })),
      }),
      { description: 'at most 50 browsers and 50 phones; their tokens stay in the database' },
    ),
  ),
  ...answerFields,
});
export type UserView = Static<typeof UserView>;

export const Forgotten = Type.Object({
  success,
  changed: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description:
      'by table, the rows that were deleted or lost the person; `other` are things beside the tables',
  }),
  kept: Type.Array(Type.String(), {
    description: 'tables in which a row of the person stays, as tables of the application refer to it',
  }),
});
export type Forgotten = Static<typeof Forgotten>;
