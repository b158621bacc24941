import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable } from '../../protocol/nullable.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';
import { answerFields, Duration, listOf, listQuery, success } from '../schemas.ts';

export const ChannelQuery = listQuery({
  search: Type.Optional(Text(maxChannelLength, { description: 'the beginning of the name in the log' })),
});

const ChannelItem = Type.Object({
  channel: Type.String({ description: 'the name in the log' }),
  position: Type.String({ description: 'epoch:offset of the head' }),
  updatedAt: Instant({ description: 'of the last publication' }),
  perMinute: Nullable(Type.Number({ description: 'publications, over the last hundred of them' })),
  readers: Type.Integer({ description: 'live sessions in the processes that answered' }),
});
export type ChannelItem = Static<typeof ChannelItem>;

export const ChannelList = listOf(ChannelItem, answerFields);

export const Reader = Type.Object({
  userId: Type.String(),
  deviceId: Type.String({ description: 'empty where the device does not name itself' }),
  transport: Type.String(),
  sessionId: Nullable(Type.String({ description: 'null of one who is away' })),
  offset: Type.Integer({ description: 'the last one that it has, as far as is known' }),
  behind: Type.Integer(),
  by: Type.Union([Type.Literal('told'), Type.Literal('sent'), Type.Literal('heard'), Type.Literal('left')], {
    description:
      '`told` by the client; `sent` to it; `heard`: sent before its last sign of life; `left`: known when it went away',
  }),
  seenAt: Instant({ description: 'last sign of life' }),
});
export type Reader = Static<typeof Reader>;

export const Lag = Type.Object(
  {
    readers: Type.Integer({ description: 'devices that read the channel, or did when they left' }),
    live: Type.Integer({ description: 'of them, connected' }),
    atHead: Type.Integer(),
    behind: Type.Integer(),
    oldestMs: Nullable(Duration('age of the oldest publication that one of them has not')),
    unread: Type.Boolean({ description: 'true: more people are away than were looked at' }),
    sentence: Type.String(),
    furthest: Type.Array(Reader, { description: 'those furthest behind, at most 20' }),
  },
  { description: 'How far the readers are' },
);
export type Lag = Static<typeof Lag>;

export const ChannelView = Type.Object({
  success,
  channel: Type.String(),
  namespace: Nullable(Type.String({ description: 'null where no domain of this process has it' })),
  position: Type.String({ description: 'epoch:offset of the head' }),
  oldestOffset: Nullable(Type.Integer({ description: 'of what is kept' })),
  createdAt: Instant(),
  updatedAt: Instant(),
  perMinute: ChannelItem.properties.perMinute,
  heads: Type.Record(Type.String(), Type.Integer(), {
    description: 'by process that has readers, the offset up to which they were served',
  }),
  lag: Lag,
  ...answerFields,
});
export type ChannelView = Static<typeof ChannelView>;

export const PublicationQuery = listQuery({
  before: t.Optional(
    t.Numeric({
      multipleOf: 1,
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'only of smaller offsets; not with a cursor',
    }),
  ),
});

const PublicationItem = Type.Object({
  id: Type.String(),
  offset: Type.Integer(),
  type: Type.String(),
  eventType: Nullable(Type.String()),
  data: Type.Unknown(),
  timestamp: Instant(),
  sourceUserId: Nullable(Type.String()),
  exclude: Nullable(Type.String({ description: 'who does not get it' })),
});
export type PublicationItem = Static<typeof PublicationItem>;

/** The newest first. */
export const PublicationList = listOf(PublicationItem, {
  position: Type.String({ description: 'epoch:offset of the head' }),
});
