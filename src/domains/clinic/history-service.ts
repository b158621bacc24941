import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm';
import type { PostgresEventLog } from '../../db/event-log.ts';
import type { Database, Drizzle } from '../../db/open.ts';
import { readSnapshot } from '../../db/snapshot.ts';
import { formatPositions } from '../../protocol/position.ts';
import type { Principal } from '../../realtime/principal.ts';
import { visibleCase } from './case-service.ts';
import { type History, type Reaction, shownOf } from './chat-model.ts';
import { chatRoom } from './rooms.ts';
import { messages, reactions, receipts } from './schema.ts';

export interface HistoryQuery {
  /** The `next` of a page. */
  readonly before?: string;
  /** Of this thread alone. */
  readonly replyTo?: string;
  readonly limit: number;
}

/**
 * A page of a chat, newest first, with the position from which live messages follow. What commits behind a page that
 * was read is published after that position, so paging backwards by `seq` loses nothing. Throws `not_found`.
 */
export async function readHistory(
  database: Database,
  log: PostgresEventLog,
  caseId: string,
  query: HistoryQuery,
  principal: Principal,
): Promise<History> {
  const { data, positions } = await readSnapshot(database, log, [chatRoom(caseId)], async (tx) => {
    await visibleCase(tx, caseId, principal);
    const page = await readPage(tx, caseId, query);
    const read = await tx.select().from(receipts).where(eq(receipts.caseId, caseId));
    const reacted = await reactionsOf(
      tx,
      page.map(({ messageId }) => messageId),
    );
    return { page, read, reacted };
  });
  const { page, read, reacted } = data;
  const oldest = page.length === query.limit ? page.at(-1) : undefined;
  return {
    data: page.map((row) => ({ ...shownOf(row), reactions: reacted.get(row.messageId) ?? [] })),
    receipts: read.map(({ userId, messageId, readAt }) => ({ userId, messageId, readAt })),
    next: oldest ? String(oldest.seq) : null,
    position: formatPositions(positions),
  };
}

function readPage(tx: Drizzle, caseId: string, { before, replyTo, limit }: HistoryQuery) {
  return tx
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.caseId, caseId),
        before === undefined ? undefined : lt(messages.seq, Number(before)),
        replyTo === undefined ? undefined : eq(messages.replyTo, replyTo),
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(limit);
}

async function reactionsOf(tx: Drizzle, messageIds: string[]): Promise<Map<string, Reaction[]>> {
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
