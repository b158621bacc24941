import { type Static, Type } from '@sinclair/typebox';
import { chatModel, MessageId } from '../../../chat/model.ts';
import { Nullable } from '../../../protocol/nullable.ts';
import { described } from '../../../protocol/schemas/described.ts';
import { cursor } from '../../../protocol/schemas/paging.ts';
import { Text, Uuid } from '../../../protocol/schemas/text.ts';
import { writtenFields } from '../../../protocol/schemas/written.ts';
import { memberRoles } from '../../../tracking/schema/connections.ts';
import { Id, oneOf } from '../model.ts';

export const groupRoles = memberRoles;
export type GroupRole = (typeof groupRoles)[number];
export const visibilities = ['open', 'closed'] as const;

export const ChannelId = Uuid();
export const ChannelParameters = Type.Object({ id: ChannelId });
export const MemberParameters = Type.Object({ id: ChannelId, userId: Id });
export const MessageParameters = Type.Object({ id: ChannelId, messageId: MessageId });

const Instant = Type.String({ description: 'ISO 8601, UTC' });
const success = Type.Literal(true);
const nextCursor = Nullable(Type.String());

const fields = {
  name: Text(100),
  description: Type.Optional(Text(1_000, { minLength: 0 })),
  visibility: Type.Optional(
    described(
      oneOf(visibilities),
      'everybody at the school finds and joins an open channel; members are added to a closed one',
    ),
  ),
};

export const NewChannel = Type.Object({
  schoolId: Type.Optional(described(Id, 'needed from those of several schools, or of none')),
  ...fields,
});
export type NewChannel = Static<typeof NewChannel>;

export const ChannelChange = Type.Object(
  { ...fields, name: Type.Optional(fields.name) },
  { minProperties: 1 },
);
export type ChannelChange = Static<typeof ChannelChange>;

export const GroupChannel = Type.Object({
  channelId: ChannelId,
  channel: Type.String({ description: 'what to subscribe to' }),
  schoolId: Type.String(),
  name: Type.String(),
  description: Type.String(),
  visibility: oneOf(visibilities),
  createdBy: Type.String(),
  createdAt: Instant,
  archivedAt: Nullable(Instant),
});
export type GroupChannel = Static<typeof GroupChannel>;

/** A channel as one person has it. */
export const OwnChannel = Type.Composite([
  GroupChannel,
  Type.Object({
    role: Nullable(oneOf(groupRoles)),
    unread: Type.Integer({
      description: 'messages of others that the caller has not read; 0 for who is no member',
    }),
  }),
]);
export type OwnChannel = Static<typeof OwnChannel>;

export const ChannelQuery = {
  schoolId: Type.Optional(Id),
  cursor,
};
export interface ChannelFilter {
  readonly schoolId?: string;
  /** Restricts the list to the channels that the caller is a member of. */
  readonly joined?: boolean;
  readonly cursor?: string;
  readonly limit: number;
}
export const ChannelPage = Type.Object({
  data: Type.Array(OwnChannel, { description: 'the newest first' }),
  nextCursor,
  unread: Type.Integer({ description: 'in all channels of the caller' }),
});

export const Member = Type.Object({
  userId: Type.String(),
  role: oneOf(groupRoles),
  joinedAt: Instant,
});
export type Member = Static<typeof Member>;
export const MemberQuery = { cursor };
export interface MemberFilter {
  readonly cursor?: string;
  readonly limit: number;
}
export const MemberPage = Type.Object({
  data: Type.Array(Member, { description: 'in the order in which they joined' }),
  nextCursor,
});
export const MemberRole = Type.Object({
  role: Type.Optional(described(oneOf(groupRoles), '`member` when left out')),
});

export const { Message, History } = chatModel('channelId', ChannelId, 'school_channel:{id}');

export const ChannelAnswer = Type.Object({ success, data: GroupChannel, ...writtenFields });
export const OwnChannelAnswer = Type.Object({ data: OwnChannel, position: Type.String() });
export const MemberAnswer = Type.Object({ success, data: Member, ...writtenFields });
export const MessageAnswer = Type.Object({ success, data: Message, ...writtenFields });
export const ChangedAnswer = Type.Object({ success, changed: Type.Boolean(), ...writtenFields });

/** On the person's own channel, when they become or cease to be a member. */
export const Membership = Type.Object({
  ...Type.Pick(GroupChannel, ['channelId', 'channel', 'schoolId', 'name']).properties,
  role: Nullable(oneOf(groupRoles)),
});
export type Membership = Static<typeof Membership>;
