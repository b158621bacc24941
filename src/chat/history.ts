import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Drizzle } from '../db/connection/open.ts';
import { AppError } from '../errors.ts';
import { type Chat, shownOf } from './chat.ts';
import type { HistoryPage, HistoryQuery, Reaction } from './model.ts';

/**
 * Returns a page of a conversation, newest first, with reactions and receipts. Throws `validation_failed` for two
 * cursors. What commits after a page was read is published after the position of the page's snapshot, so paging
 * backwards by `seq` loses nothing.
 */
export async function readHistory<Key extends string>(
  chat: Chat<Key>,
  tx: Drizzle,
  conversationId: string,
  query: HistoryQuery,
): Promise<HistoryPage<Key>> {
  if (query.before !== undefined && query.cursor !== undefined) {
    throw new AppError(
      'validation_failed',
      '`before` is the older name of `cursor`: the address has one of them.',
    );
  }
  const { receipts } = chat.tables;
  const rows = await readPage(chat, tx, conversationId, query);
  const page = rows.slice(0, query.limit);
  const read = await tx.select().from(receipts).where(eq(receipts.conversationId, conversationId));
  const reacted = await reactionsOf(
    chat,
    tx,
    page.map(({ messageId }) => messageId),
  );
  const more = rows.length > page.length;
  const next = more ? String(page.at(-1)?.seq) : null;
  return {
    data: page.map((row) => ({ ...shownOf(chat, row), reactions: reacted.get(row.messageId) ?? [] })),
    receipts: read.map(({ userId, messageId, readAt }) => ({ userId, messageId, readAt })),
    next,
    more,
    nextCursor: next,
  };
}

function readPage(
  { tables: { messages } }: Chat,
  tx: Drizzle,
  conversationId: string,
  { cursor, before = cursor, replyTo, limit }: HistoryQuery,
) {
  return tx
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.conversationId, conversationId),
        before === undefined ? undefined : lt(messages.seq, Number(before)),
        replyTo === undefined ? undefined : eq(messages.replyTo, replyTo),
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(limit + 1);
}

async function reactionsOf(
  { tables: { reactions } }: Chat,
  tx: Drizzle,
  messageIds: string[],
): Promise<Map<string, Reaction[]>> {
  const byMessage = new Map<string, Reaction[]>();
  if (messageIds.length === 0) return byMessage;
  const rows = await tx
    .select()
    .from(reactions)
    .where(inArray(reactions.messageId, messageIds))
    .orderBy(asc(reactions.createdAt), asc(reactions.userId));
  for (const { messageId, emoji, userId } of rows) {
    const all = byMessage.get(messageId) ?? [];
    byMessage.set(messageId, all);
    const same = all.find((each) => each.emoji === emoji);
    if (same) same.userIds.push(userId);
    else all.push({ emoji, userIds: [userId] });
  }
  return byMessage;
}
