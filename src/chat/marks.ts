import { and, eq, sql } from 'drizzle-orm';
import type { Chat, Turn } from './chat.ts';
import { lock, noMessage } from './messages.ts';
import type { ReactionChange } from './model.ts';

/** Adds or takes back a reaction and returns whether it changed. Throws `not_found`, `conflict` for a deleted message. */
export async function react(
  chat: Chat,
  turn: Turn,
  messageId: string,
  { emoji, present }: ReactionChange,
): Promise<boolean> {
  const { reactions } = chat.tables;
  const { userId } = turn.principal;
  const reaction = { messageId, userId, emoji };
  await lock(chat, turn, messageId, () => true);
  const own = and(
    eq(reactions.messageId, messageId),
    eq(reactions.userId, userId),
    eq(reactions.emoji, emoji),
  );
  const changed = present
    ? await turn.tx.insert(reactions).values(reaction).onConflictDoNothing().returning()
    : await turn.tx.delete(reactions).where(own).returning();
  if (changed.length > 0) turn.publish('chatReaction', { ...reaction, present });
  return changed.length > 0;
}

/**
 * Everything up to this message is read by the principal. A receipt never goes back; returns whether it went on.
 * Throws `not_found`.
 */
export async function markRead(
  { tables: { messages, receipts }, key }: Chat,
  { tx, conversationId, principal: { userId }, publish }: Turn,
  messageId: string,
): Promise<boolean> {
  const [message] = await tx
    .select({ seq: messages.seq })
    .from(messages)
    .where(and(eq(messages.conversationId, conversationId), eq(messages.messageId, messageId)));
  if (!message) throw noMessage(messageId);
  const latest = { messageId, seq: message.seq, readAt: sql`clock_timestamp()` };
  const [receipt] = await tx
    .insert(receipts)
    .values({ conversationId, userId, ...latest })
    .onConflictDoUpdate({
      target: [receipts.conversationId, receipts.userId],
      set: latest,
      setWhere: sql`${receipts.seq} < excluded.seq`,
    })
    .returning();
  if (receipt) publish('chatRead', { [key]: conversationId, userId, messageId, readAt: receipt.readAt });
  return receipt !== undefined;
}
