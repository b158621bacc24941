import { type Static, type TString, type TUnsafe, Type } from '@sinclair/typebox';
import { Nullable } from '../protocol/nullable.ts';
import { pageFields } from '../protocol/schemas/paging.ts';
import { Text, Uuid, Word } from '../protocol/schemas/text.ts';
import { fileTypes } from '../protocol/wire/file-types.ts';

/** A closed set bounds what one user adds to one message. */
export const emojis = ['👍', '❤️', '✅', '🙏', '😊', '😢', '❗', '❓'] as const;
export const maxAttachmentBytes = 26_214_400;
export const maxAttachments = 10;

// No user info, no fragment, no sign that ends an attribute of HTML.
const httpsAddress = String.raw`https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/?!$&()*+,;=:@%-]*)?`;
const storageKey = String.raw`(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)*`;

/** A closed set of words. A union made of an array is `never` to Elysia, hence the cast. */
const oneOf = <const Words extends string>(words: readonly Words[]) =>
  Type.Union(words.map((word) => Type.Literal(word))) as unknown as TUnsafe<Words>;
const Instant = Type.String({ description: 'ISO 8601, UTC' });

/** Something that lies elsewhere: nothing of it is fetched or stored here. */
const Reference = Type.Object({
  name: Type.String({
    ...Text(255, { description: 'of the file, to be shown' }),
    pattern: String.raw`^[^/\\\u0000-\u001f\u007f]+$`,
  }),
  mimeType: oneOf(fileTypes),
  size: Type.Integer({ minimum: 1, maximum: maxAttachmentBytes, description: 'bytes' }),
  reference: Word(1_000, `^(?:${httpsAddress}|${storageKey})$`, {
    description: 'an https address, or the key of an object in your storage; `files/<fileId>` of a file',
  }),
});

export const Attachment = Type.Object({
  ...Reference.properties,
  size: Type.Integer({ minimum: 1, description: 'bytes' }),
  fileId: Type.Optional(Uuid({ description: 'of a file that was uploaded for the channel' })),
});
export type Attachment = Static<typeof Attachment>;

/** The first is tried first: what names a file is that file, whatever else it says. */
export const NewAttachment = Type.Union([
  Type.Object({
    fileId: Uuid({ description: 'of a complete upload for this channel, of the sender’s own' }),
  }),
  Reference,
]);
export type NewAttachment = Static<typeof NewAttachment>;

export const MessageId = Uuid();

export const NewMessage = Type.Object({
  messageId: Type.Optional(
    Uuid({ description: 'chosen by the sender: sent again, the message is stored once' }),
  ),
  body: Text(10_000, { minLength: 0, description: 'empty only where there are attachments' }),
  replyTo: Type.Optional(MessageId),
  attachments: Type.Optional(Type.Array(NewAttachment, { maxItems: maxAttachments })),
});
export type NewMessage = Static<typeof NewMessage>;

export const MessageEdit = Type.Object({ body: Text(10_000) });

export const ReactionChange = Type.Object({
  emoji: oneOf(emojis),
  present: Type.Boolean({ description: 'false takes the reaction back' }),
});
export type ReactionChange = Static<typeof ReactionChange>;

const Reaction = Type.Object({ emoji: Type.String(), userIds: Type.Array(Type.String()) });
export type Reaction = Static<typeof Reaction>;

export const ReadReceipt = Type.Object({ userId: Type.String(), messageId: MessageId, readAt: Instant });
export type ReadReceipt = Static<typeof ReadReceipt>;

export const ReadUpTo = Type.Object({ messageId: MessageId });

/** The fields of a query beside `limit`, which comes as text. */
export const historyQuery = {
  before: Type.Optional(Word(16, '^[1-9][0-9]{0,15}$', { description: 'the same, by its older name' })),
  cursor: Type.Optional(Word(16, '^[1-9][0-9]{0,15}$', { description: '`nextCursor` of a page' })),
  replyTo: Type.Optional(MessageId),
};
export interface HistoryQuery {
  readonly before?: string;
  readonly cursor?: string;
  /** The message whose thread alone is read. */
  readonly replyTo?: string;
  readonly limit: number;
}

/** The schemas that name the conversation: `key` is the field, `id` what stands in it. */
export function chatModel<const Key extends string>(key: Key, id: TString, channel: string) {
  const own = { [key]: id } as Record<Key, TString>;
  const Message = Type.Object({
    messageId: MessageId,
    ...own,
    authorId: Type.String(),
    authorRole: Type.String(),
    body: Type.String({ description: 'plain text, as it was written; empty when deleted' }),
    replyTo: Nullable(MessageId),
    attachments: Type.Array(Attachment),
    createdAt: Instant,
    editedAt: Nullable(Instant),
    deletedAt: Nullable(Instant),
  });
  const History = Type.Object({
    data: Type.Array(Type.Composite([Message, Type.Object({ reactions: Type.Array(Reaction) })]), {
      description: 'the newest first',
    }),
    receipts: Type.Array(ReadReceipt, { description: 'up to where each has read' }),
    next: Nullable(Type.String({ description: '`nextCursor` by its older name' })),
    ...pageFields,
    position: Type.String({ description: `of ${channel}` }),
  });
  return { Message, History };
}

export type Message<Key extends string = string> = Readonly<Record<Key, string>> & {
  messageId: string;
  authorId: string;
  authorRole: string;
  body: string;
  replyTo: string | null;
  attachments: Attachment[];
  createdAt: string;
  editedAt: string | null;
  deletedAt: string | null;
};

export interface HistoryPage<Key extends string> {
  data: (Message<Key> & { reactions: Reaction[] })[];
  receipts: ReadReceipt[];
  next: string | null;
  more: boolean;
  nextCursor: string | null;
}
