import { and, eq, sql } from 'drizzle-orm';
import { dropAttachments, namesFiles, withAttachments, withoutFiles } from '../../../chat/attachments.ts';
import type { Chat, Turn } from '../../../chat/chat.ts';
import { readHistory } from '../../../chat/history.ts';
import { markRead, react } from '../../../chat/marks.ts';
import { edit, noReplyTarget, remove, send } from '../../../chat/messages.ts';
import type { HistoryQuery, Message, NewMessage, ReactionChange } from '../../../chat/model.ts';
import { type Conversation, editing, markingReadTo, reacting, sending } from '../../../chat/statements.ts';
import type { Publisher } from '../../../db/publisher.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { type Author, type Changed, carryOut, writeOr } from '../change.ts';
import { chatChannel } from '../channel-names.ts';
import { caseChat, cases } from '../schema.ts';
import { ownedBy, visibleCase } from './case-guard-service.ts';

const chat: Chat<'caseId'> = { tables: caseChat, key: 'caseId' };
type CaseMessage = Message<'caseId'>;

/**
 * The conversation about one case, between its health worker and the clinicians. All methods throw `not_found` for a
 * case this identity may not see, otherwise as the steps of `src/chat`.
 */
export class ChatService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** A page, the newest first, with the position from which live messages follow. */
  async history(caseId: string, query: HistoryQuery, principal: Principal) {
    const { data, positions } = await this.#publisher.snapshot([chatChannel(caseId)], async (tx) => {
      await visibleCase(tx, caseId, principal);
      return readHistory(chat, tx, caseId, query);
    });
    return { ...data, ...snapshotAt(positions) };
  }

  send(caseId: string, message: NewMessage, author: Author): Promise<Changed<CaseMessage>> {
    if (namesFiles(message)) return this.#send(caseId, message, author);
    const sent = withoutFiles(message);
    const statement = sending(chat, conversationOf(caseId, author), sent);
    const written = this.#inOne(statement, author, () =>
      this.#send(caseId, { ...message, messageId: sent.messageId }, author),
    );
    return written.catch(noReplyTarget);
  }

  edit(caseId: string, messageId: string, body: string, author: Author): Promise<Changed<CaseMessage>> {
    const statement = editing(chat, conversationOf(caseId, author), messageId, body);
    return this.#inOne(statement, author, () =>
      this.#changing(caseId, author, (turn) => edit(chat, turn, messageId, body)),
    );
  }

  /** By its author, an admin or the service. */
  remove(caseId: string, messageId: string, author: Author): Promise<Changed<CaseMessage>> {
    const { service, role } = author.principal;
    const moderates = service === true || role === 'admin';
    return this.#changing(caseId, author, async (turn) => {
      await dropAttachments(turn.tx, chatChannel(caseId), messageId);
      return remove(chat, turn, messageId, moderates);
    });
  }

  react(
    caseId: string,
    messageId: string,
    change: ReactionChange,
    author: Author,
  ): Promise<Changed<boolean>> {
    const statement = reacting(chat, conversationOf(caseId, author), messageId, change);
    return this.#inOne(statement, author, () =>
      this.#changing(caseId, author, (turn) => react(chat, turn, messageId, change)),
    );
  }

  markRead(caseId: string, messageId: string, author: Author): Promise<Changed<boolean>> {
    const statement = markingReadTo(chat, conversationOf(caseId, author), messageId);
    return this.#inOne(statement, author, () =>
      this.#changing(caseId, author, (turn) => markRead(chat, turn, messageId)),
    );
  }

  #send(caseId: string, message: NewMessage, author: Author): Promise<Changed<CaseMessage>> {
    return this.#changing(caseId, author, async (turn) => {
      const { tx, principal } = turn;
      return send(chat, turn, await withAttachments(tx, chatChannel(caseId), principal, message));
    });
  }

  /** One round trip; `otherwise` finds the reason where nothing was to be changed. */
  #inOne<T>(
    statement: WriteStatement,
    author: Author,
    otherwise: () => Promise<Changed<T>>,
  ): Promise<Changed<T>> {
    return writeOr(this.#publisher, statement, author, otherwise);
  }

  #changing<T>(caseId: string, author: Author, work: (turn: Turn) => Promise<T>): Promise<Changed<T>> {
    const channel = chatChannel(caseId);
    const { principal } = author;
    const { userId: sourceUserId } = principal;
    return carryOut(
      this.#publisher,
      async (tx, publish) => {
        await visibleCase(tx, caseId, principal);
        return work({
          tx,
          conversationId: caseId,
          principal,
          publish: (type, data) => {
            publish({ channel, type, data, sourceUserId });
            return data;
          },
        });
      },
      author,
    );
  }
}

const conversationOf = (caseId: string, { principal }: Author): Conversation => ({
  conversationId: caseId,
  principal,
  channel: chatChannel(caseId),
  visible: sql`select 1 as part from request, ${cases} where ${and(eq(cases.caseId, caseId), ownedBy(principal))}`,
});
