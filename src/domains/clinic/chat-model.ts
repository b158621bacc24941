import { type Static, Type } from '@sinclair/typebox';
import { Text, Uuid, Word } from '../../protocol/text.ts';
import { writtenAt } from '../../protocol/written.ts';
import { CaseId, Instant, oneOf } from './model.ts';

/** What may be attached. Nothing is fetched or stored here: an attachment only says where something is. */
export const attachmentTypes = [
  'application/pdf',
  'audio/mpeg',
  'audio/mp4',
  'audio/ogg',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
  'video/mp4',
] as const;
/** A closed set bounds what one user adds to one message. */
export const emojis = ['👍', '❤️', '✅', '🙏', '😊', '😢', '❗', '❓'] as const;
export const maxAttachmentBytes = 26_214_400;
export const maxAttachments = 10;

// No user info, no fragment, no sign that ends an attribute of HTML.
const httpsAddress = String.raw`https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/?!$&()*+,;=:@%-]*)?`;
const storageKey = String.raw`(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)*`;

export const Attachment = Type.Object({
  name: Type.String({
    ...Text(255, { description: 'of the file, to be shown' }),
    pattern: String.raw`^[^/\\\u0000-\u001f\u007f]+$`,
  }),
  mimeType: oneOf(attachmentTypes),
  size: Type.Integer({ minimum: 1, maximum: maxAttachmentBytes, description: 'bytes' }),
  reference: Word(1_000, `^(?:${httpsAddress}|${storageKey})$`, {
    description: 'an https address, or the key of an object in your storage',
  }),
});
export type Attachment = Static<typeof Attachment>;

export const MessageId = Uuid();

export const MessageParameters = Type.Object({ id: CaseId, messageId: MessageId });

export const NewMessage = Type.Object({
  messageId: Type.Optional(
    Uuid({ description: 'chosen by the sender: sent again, the message is stored once' }),
  ),
  body: Text(10_000),
  replyTo: Type.Optional(MessageId),
  attachments: Type.Optional(Type.Array(Attachment, { maxItems: maxAttachments })),
});
export type NewMessage = Static<typeof NewMessage>;

export const MessageEdit = Type.Object({ body: Text(10_000) });

export const Message = Type.Object({
  messageId: MessageId,
  caseId: CaseId,
  authorId: Type.String(),
  authorRole: Type.String(),
  body: Type.String({ description: 'plain text, as it was written; empty when deleted' }),
  replyTo: Type.Union([MessageId, Type.Null()]),
  attachments: Type.Array(Attachment),
  createdAt: Instant,
  editedAt: Type.Union([Instant, Type.Null()]),
  deletedAt: Type.Union([Instant, Type.Null()]),
});
export type Message = Static<typeof Message>;

export const ReactionChange = Type.Object({
  emoji: oneOf(emojis),
  present: Type.Boolean({ description: 'false takes the reaction back' }),
});
export type ReactionChange = Static<typeof ReactionChange>;
export const ReactionAnswer = Type.Object({
  success: Type.Literal(true),
  changed: Type.Boolean(),
  ...writtenAt,
});

const Reaction = Type.Object({ emoji: Type.String(), userIds: Type.Array(Type.String()) });
export type Reaction = Static<typeof Reaction>;

export const Receipt = Type.Object({ userId: Type.String(), messageId: MessageId, readAt: Instant });
export type Receipt = Static<typeof Receipt>;

export const ReadUpTo = Type.Object({ messageId: MessageId });

export const MessageAnswer = Type.Object({ success: Type.Literal(true), data: Message, ...writtenAt });
export const History = Type.Object({
  data: Type.Array(Type.Composite([Message, Type.Object({ reactions: Type.Array(Reaction) })]), {
    description: 'the newest first',
  }),
  receipts: Type.Array(Receipt, { description: 'up to where each has read' }),
  next: Type.Union([Type.String(), Type.Null()], { description: 'for older ones, as "before"' }),
  position: Type.String({ description: 'of clinic_chat:{id}' }),
});
export type History = Static<typeof History>;

/** A message as its readers get it. */
export function shownOf({
  seq: _,
  ...message
}: Omit<Message, 'attachments'> & {
  readonly seq: number;
  readonly attachments: readonly Attachment[];
}): Message {
  return { ...message, attachments: [...message.attachments] };
}
