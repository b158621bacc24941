import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox';
import { MessageId, NewMessage, ReactionChange } from '../../../chat/model.ts';
import type { DomainFrame } from '../../../extension/addresses.ts';
import { OwnFrameId as id } from '../../../protocol/frames/own-frames.ts';
import { writtenFields } from '../../../protocol/schemas/written.ts';
import { Id } from '../model.ts';
import type { Author, Changed, GroupDeps } from './change.ts';
import { GroupChatService } from './chat-service.ts';
import { GroupService } from './group-service.ts';
import { MemberService } from './member-service.ts';
import { ChannelId, GroupChannel, Member, MemberRole, Message, NewChannel } from './model.ts';

const channelId = { channelId: ChannelId };
const message = { ...channelId, messageId: MessageId };
const example = '01a1fddf-0c4a-4120-93a1-52af0a5a6b01';

/** The operations of the group routes as frames. The reply to each is the answer of the route, or `error`. */
export function groupFrames(deps: GroupDeps): readonly DomainFrame[] {
  const groups = new GroupService(deps);
  const members = new MemberService(deps);
  const chat = new GroupChatService(deps);
  const { clock } = deps.tracking;

  function frame<Fields extends TProperties, Reply extends TProperties>(
    { type, replyType, fields, reply, description, example }: Definition<Fields, Reply>,
    handle: (frame: Static<TObject<Fields>>, author: Author) => Promise<object>,
  ): DomainFrame {
    const named = { type: Type.Literal(type), id };
    const examples = [{ type, id: 1, ...example }];
    return {
      type,
      sent: Type.Object({ ...named, ...fields }, { description, examples }) as TObject,
      replyType,
      reply: Type.Object(
        { type: Type.Literal(replyType), id, ...reply, ...writtenFields },
        { description: `Answers \`${type}\`.` },
      ) as TObject,
      handle: (session, sent) =>
        handle(sent as Static<TObject<Fields>>, { principal: session.identified(clock.now()) }),
    };
  }

  return [
    frame(
      {
        ...{ type: 'channel_create', replyType: 'channel_created' },
        fields: NewChannel.properties,
        reply: { data: GroupChannel },
        description: 'Makes a group channel, whose owner the sender is.',
        example: { name: 'Grade 7 parents', visibility: 'open' },
      },
      ({ schoolId, name, description, visibility }, author) =>
        groups.create(
          {
            name,
            ...(schoolId !== undefined && { schoolId }),
            ...(description !== undefined && { description }),
            ...(visibility !== undefined && { visibility }),
          },
          author,
        ),
    ),
    frame(
      {
        ...{ type: 'channel_join', replyType: 'channel_joined' },
        fields: channelId,
        reply: { data: Member },
        description: 'Makes the sender a member of an open channel.',
        example: { channelId: example },
      },
      ({ channelId }, author) => members.join(channelId, author),
    ),
    frame(
      {
        ...{ type: 'channel_leave', replyType: 'channel_left' },
        fields: channelId,
        reply: changed,
        description: 'Ends the sender’s membership.',
        example: { channelId: example },
      },
      ({ channelId }, author) => told(members.leave(channelId, author)),
    ),
    frame(
      {
        ...{ type: 'channel_member', replyType: 'channel_member_set' },
        fields: { ...channelId, userId: Id, ...MemberRole.properties },
        reply: { data: Member },
        description: 'Adds a person of the school, or gives a member another role.',
        example: { channelId: example, userId: 'user1-uuid', role: 'moderator' },
      },
      ({ channelId, userId, role = 'member' }, author) => members.put(channelId, userId, role, author),
    ),
    frame(
      {
        ...{ type: 'channel_remove_member', replyType: 'channel_member_removed' },
        fields: { ...channelId, userId: Id },
        reply: changed,
        description: 'Removes a member.',
        example: { channelId: example, userId: 'user1-uuid' },
      },
      ({ channelId, userId }, author) => told(members.remove(channelId, userId, author)),
    ),
    frame(
      {
        ...{ type: 'channel_send', replyType: 'channel_sent' },
        fields: { ...channelId, ...NewMessage.properties },
        reply: { data: Message },
        description: 'Stores a message; sent again with its `messageId`, it is stored once.',
        example: { channelId: example, body: 'The bus leaves at 7:30.' },
      },
      ({ channelId, body, messageId, replyTo, attachments }, author) =>
        chat.send(
          channelId,
          {
            body,
            ...(messageId !== undefined && { messageId }),
            ...(replyTo !== undefined && { replyTo }),
            ...(attachments !== undefined && { attachments }),
          },
          author,
        ),
    ),
    frame(
      {
        ...{ type: 'channel_edit', replyType: 'channel_edited' },
        fields: { ...message, body: NewMessage.properties.body },
        reply: { data: Message },
        description: 'Edits a message of the sender’s own.',
        example: { channelId: example, messageId: example, body: 'The bus leaves at 7:45.' },
      },
      ({ channelId, messageId, body }, author) => chat.edit(channelId, messageId, body, author),
    ),
    frame(
      {
        ...{ type: 'channel_delete', replyType: 'channel_deleted' },
        fields: message,
        reply: { data: Message },
        description: 'Removes a message, by its author or a moderator.',
        example: { channelId: example, messageId: example },
      },
      ({ channelId, messageId }, author) => chat.remove(channelId, messageId, author),
    ),
    frame(
      {
        ...{ type: 'channel_react', replyType: 'channel_reacted' },
        fields: { ...message, ...ReactionChange.properties },
        reply: changed,
        description: 'Adds or takes back a reaction.',
        example: { channelId: example, messageId: example, emoji: '👍', present: true },
      },
      ({ channelId, messageId, emoji, present }, author) =>
        told(chat.react(channelId, messageId, { emoji, present }, author)),
    ),
    frame(
      {
        ...{ type: 'channel_read', replyType: 'channel_was_read' },
        fields: message,
        reply: changed,
        description: 'Marks all up to a message as read.',
        example: { channelId: example, messageId: example },
      },
      ({ channelId, messageId }, author) => told(chat.markRead(channelId, messageId, author)),
    ),
  ];
}

interface Definition<Fields extends TProperties, Reply extends TProperties> {
  readonly type: string;
  readonly replyType: string;
  readonly fields: Fields;
  readonly reply: Reply;
  readonly description: string;
  readonly example: object;
}

const changed = { changed: Type.Boolean() };

async function told(change: Promise<Changed<boolean>>) {
  const { data, ...place } = await change;
  return { changed: data, ...place };
}
