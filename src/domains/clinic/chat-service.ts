import { and, eq, sql } from 'drizzle-orm';
import { sqlState } from '../../db/errors.ts';
import type { Database, Drizzle } from '../../db/open.ts';
import { AppError } from '../../errors.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Draft } from '../../realtime/ports/event-log.ts';
import type { Principal } from '../../realtime/principal.ts';
import { visibleCase } from './case-service.ts';
import { type Changed, carryOut } from './change.ts';
import { type Message, type NewMessage, type ReactionChange, shownOf } from './chat-model.ts';
import { chatRoom } from './rooms.ts';
import { messages, reactions, receipts } from './schema.ts';

/**
 * The conversation about one case, between its health worker and the clinicians. Each change is a row and a publication
 * of one transaction; `chatMessage` always carries the message as it is now, so that a client only has to keep the
 * latest by `messageId`. All methods throw `not_found` for a case this identity may not see.
 */
export class ChatService {
  readonly #database: Database;
  readonly #manager: RealtimeManager;

  constructor(database: Database, manager: RealtimeManager) {
    this.#database = database;
    this.#manager = manager;
  }

  /** With a `messageId` that is stored already, answers that message. Throws `conflict` when it is another's. */
  send(
    caseId: string,
    body: NewMessage,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Message>> {
    const { userId: authorId, role: authorRole } = principal;
    return this.#changing(caseId, { principal, requestKey }, async (tx, publish) => {
      const values = { ...body, caseId, authorId, authorRole };
      const [stored] = await tx.insert(messages).values(values).onConflictDoNothing().returning();
      if (stored) return publish('chatMessage', shownOf(stored));
      const [known] = await tx
        .select()
        .from(messages)
        .where(eq(messages.messageId, body.messageId ?? ''));
      if (known?.caseId === caseId && known.authorId === authorId) return shownOf(known);
      throw new AppError('conflict', 'There is another message of this id.');
    });
  }

  /** By its author. Throws `not_found`, `forbidden`, `conflict` when it is deleted. */
  edit(
    caseId: string,
    messageId: string,
    body: string,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Message>> {
    return this.#changing(caseId, { principal, requestKey }, async (tx, publish) => {
      await mutable(tx, caseId, messageId, (authorId) => authorId === principal.userId);
      const [edited] = await tx
        .update(messages)
        .set({ body, editedAt: sql`clock_timestamp()` })
        .where(eq(messages.messageId, messageId))
        .returning();
      if (!edited) throw noMessage(messageId);
      return publish('chatMessage', shownOf(edited));
    });
  }

  /** By its author or an admin: what was said is gone, its place in the thread stays. Throws as `edit`. */
  delete(
    caseId: string,
    messageId: string,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Message>> {
    const mayAll = principal.service === true || principal.role === 'admin';
    return this.#changing(caseId, { principal, requestKey }, async (tx, publish) => {
      await mutable(tx, caseId, messageId, (authorId) => mayAll || authorId === principal.userId);
      await tx.delete(reactions).where(eq(reactions.messageId, messageId));
      const [deleted] = await tx
        .update(messages)
        .set({ body: '', attachments: [], deletedAt: sql`clock_timestamp()` })
        .where(eq(messages.messageId, messageId))
        .returning();
      if (!deleted) throw noMessage(messageId);
      return publish('chatMessage', shownOf(deleted));
    });
  }

  /** Whether it changed anything. Throws `not_found`, `conflict` when the message is deleted. */
  react(
    caseId: string,
    messageId: string,
    { emoji, present }: ReactionChange,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<boolean>> {
    const { userId } = principal;
    const reaction = { messageId, userId, emoji };
    return this.#changing(caseId, { principal, requestKey }, async (tx, publish) => {
      await mutable(tx, caseId, messageId, () => true);
      const changed = present
        ? await tx.insert(reactions).values(reaction).onConflictDoNothing().returning()
        : await tx
            .delete(reactions)
            .where(
              and(
                eq(reactions.messageId, messageId),
                eq(reactions.userId, userId),
                eq(reactions.emoji, emoji),
              ),
            )
            .returning();
      if (changed.length > 0) publish('chatReaction', { ...reaction, present });
      return changed.length > 0;
    });
  }

  /** Everything up to this message is read; a receipt never goes back. Throws `not_found`. */
  markRead(
    caseId: string,
    messageId: string,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<boolean>> {
    const { userId } = principal;
    return this.#changing(caseId, { principal, requestKey }, async (tx, publish) => {
      const inCase = and(eq(messages.caseId, caseId), eq(messages.messageId, messageId));
      const [message] = await tx.select({ seq: messages.seq }).from(messages).where(inCase);
      if (!message) throw noMessage(messageId);
      const latest = { messageId, seq: message.seq, readAt: sql`clock_timestamp()` };
      const [receipt] = await tx
        .insert(receipts)
        .values({ caseId, userId, ...latest })
        .onConflictDoUpdate({
          target: [receipts.caseId, receipts.userId],
          set: latest,
          setWhere: sql`${receipts.seq} < excluded.seq`,
        })
        .returning();
      if (receipt) publish('chatRead', { caseId, userId, messageId, readAt: receipt.readAt });
      return receipt !== undefined;
    });
  }

  async #changing<T>(
    caseId: string,
    author: { readonly principal: Principal; readonly requestKey: RequestKey | undefined },
    work: (tx: Drizzle, publish: <Data>(type: string, data: Data) => Data) => Promise<T>,
  ): Promise<Changed<T>> {
    const channel = chatRoom(caseId);
    const { principal } = author;
    const { userId: sourceUserId } = principal;
    const change = async (tx: Drizzle, publish: (draft: Draft) => void) => {
      await visibleCase(tx, caseId, principal);
      return work(tx, (type, data) => {
        publish(this.#manager.draft({ channel, type, data, sourceUserId }));
        return data;
      });
    };
    try {
      return await carryOut(this.#database, this.#manager, change, author);
    } catch (error) {
      // The only reference a caller can get wrong is to the message replied to, which has to be of the same case.
      if (sqlState(error) === '23503')
        throw new AppError('not_found', 'The message replied to is not there.');
      throw error;
    }
  }
}

/** Locks a message that may still be changed, by whom `mayChange` says. Throws `not_found`, `forbidden`, `conflict`. */
async function mutable(
  tx: Drizzle,
  caseId: string,
  messageId: string,
  mayChange: (authorId: string) => boolean,
): Promise<void> {
  const [message] = await tx
    .select({ authorId: messages.authorId, deletedAt: messages.deletedAt })
    .from(messages)
    .where(and(eq(messages.caseId, caseId), eq(messages.messageId, messageId)))
    .for('no key update');
  if (!message) throw noMessage(messageId);
  if (!mayChange(message.authorId)) throw new AppError('forbidden', 'This is the message of somebody else.');
  if (message.deletedAt) throw new AppError('conflict', 'The message is deleted.');
}

const noMessage = (messageId: string) => new AppError('not_found', `There is no message ${messageId} here.`);
