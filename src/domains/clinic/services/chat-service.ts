import { dropAttachments, withAttachments } from '../../../chat/attachments.ts';
import type { Chat, Turn } from '../../../chat/chat.ts';
import { readHistory } from '../../../chat/history.ts';
import { markRead, react } from '../../../chat/marks.ts';
import { edit, remove, send } from '../../../chat/messages.ts';
import type { HistoryQuery, Message, NewMessage, ReactionChange } from '../../../chat/model.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { type Changed, carryOut } from '../change.ts';
import { chatChannel } from '../channel-names.ts';
import { caseChat } from '../schema.ts';
import { visibleCase } from './case-guard-service.ts';

const chat: Chat<'caseId'> = { tables: caseChat, key: 'caseId' };
type CaseMessage = Message<'caseId'>;

interface Author {
  readonly principal: Principal;
  readonly requestKey: RequestKey | undefined;
}

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
    return this.#changing(caseId, author, async (turn) => {
      const { tx, principal } = turn;
      return send(chat, turn, await withAttachments(tx, chatChannel(caseId), principal, message));
    });
  }

  edit(caseId: string, messageId: string, body: string, author: Author): Promise<Changed<CaseMessage>> {
    return this.#changing(caseId, author, (turn) => edit(chat, turn, messageId, body));
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
    return this.#changing(caseId, author, (turn) => react(chat, turn, messageId, change));
  }

  markRead(caseId: string, messageId: string, author: Author): Promise<Changed<boolean>> {
    return this.#changing(caseId, author, (turn) => markRead(chat, turn, messageId));
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
