import { and, eq, sql } from 'drizzle-orm';
import { sqlState } from '../db/connection/errors.ts';
import { AppError } from '../errors.ts';
import type { OutgoingMessage } from './attachments.ts';
import { type Chat, shownOf, type Turn } from './chat.ts';
import type { Attachment, Message } from './model.ts';

/**
 * `chatMessage` always carries the message as it is now, so that a client only has to keep the latest by `messageId`.
 * With a `messageId` that is stored already, returns that message and publishes nothing. Throws `conflict` when that is
 * another's, `not_found` for a reply to a message that is not of this conversation.
 */
export async function send<Key extends string>(
  chat: Chat<Key>,
  { tx, conversationId, principal, publish }: Turn,
  message: OutgoingMessage,
): Promise<Message<Key>> {
  const { messages } = chat.tables;
  const { userId: authorId, role: authorRole } = principal;
  const values = { ...message, conversationId, authorId, authorRole };
  const [stored] = await tx
    .insert(messages)
    .values(values)
    .onConflictDoNothing()
    .returning()
    .catch(noReplyTarget);
  if (stored) return publish('chatMessage', shownOf(chat, stored));
  const [known] = await tx.select().from(messages).where(eq(messages.messageId, message.messageId));
  if (known?.conversationId === conversationId && known.authorId === authorId && hasFiles(known, message)) {
    return shownOf(chat, known);
  }
  throw new AppError('conflict', 'There is another message with this id.');
}

/** Files that were attached for this message have to be in it; a deleted one has none any more. */
function hasFiles(
  {
    attachments,
    deletedAt,
  }: { readonly attachments: readonly Attachment[]; readonly deletedAt: string | null },
  sent: OutgoingMessage,
): boolean {
  const known = new Set(attachments.map(({ fileId }) => fileId));
  return deletedAt !== null || sent.attachments.every(({ fileId }) => known.has(fileId));
}

/** By its author. Throws `not_found`, `forbidden`, `conflict` when it is deleted. */
export async function edit<Key extends string>(
  chat: Chat<Key>,
  turn: Turn,
  messageId: string,
  body: string,
): Promise<Message<Key>> {
  const { messages } = chat.tables;
  await lock(chat, turn, messageId, (authorId) => authorId === turn.principal.userId);
  const [edited] = await turn.tx
    .update(messages)
    .set({ body, editedAt: sql`clock_timestamp()` })
    .where(eq(messages.messageId, messageId))
    .returning();
  if (!edited) throw noMessage(messageId);
  return turn.publish('chatMessage', shownOf(chat, edited));
}

/** By its author, or a moderator: the content is removed, the place in the thread stays. Throws as `edit`. */
export async function remove<Key extends string>(
  chat: Chat<Key>,
  turn: Turn,
  messageId: string,
  moderates: boolean,
): Promise<Message<Key>> {
  const { messages, reactions } = chat.tables;
  await lock(chat, turn, messageId, (authorId) => moderates || authorId === turn.principal.userId);
  await turn.tx.delete(reactions).where(eq(reactions.messageId, messageId));
  const [removed] = await turn.tx
    .update(messages)
    .set({ body: '', attachments: [], deletedAt: sql`clock_timestamp()` })
    .where(eq(messages.messageId, messageId))
    .returning();
  if (!removed) throw noMessage(messageId);
  return turn.publish('chatMessage', shownOf(chat, removed));
}

/** Locks a message that `mayChange` lets this principal change. Throws `not_found`, `forbidden`, `conflict`. */
export async function lock(
  { tables: { messages } }: Chat,
  { tx, conversationId }: Turn,
  messageId: string,
  mayChange: (authorId: string) => boolean,
): Promise<void> {
  const [message] = await tx
    .select({ authorId: messages.authorId, deletedAt: messages.deletedAt })
    .from(messages)
    .where(and(eq(messages.conversationId, conversationId), eq(messages.messageId, messageId)))
    .for('no key update');
  if (!message) throw noMessage(messageId);
  if (!mayChange(message.authorId)) throw new AppError('forbidden', 'This is the message of somebody else.');
  if (message.deletedAt) throw new AppError('conflict', 'The message is deleted.');
}

export const noMessage = (messageId: string) =>
  new AppError('not_found', `There is no message ${messageId} here.`);

/** The only reference a caller can get wrong is the message replied to. */
export function noReplyTarget(error: unknown): never {
  if (sqlState(error) !== '23503') throw error;
  throw new AppError('not_found', 'The message replied to is not in this conversation.', { cause: error });
}
