import { sql } from 'drizzle-orm';
import { dropAttachments, withAttachments } from '../../../chat/attachments.ts';
import type { Chat, Turn } from '../../../chat/chat.ts';
import { readHistory } from '../../../chat/history.ts';
import { markRead, react } from '../../../chat/marks.ts';
import { edit, remove, send } from '../../../chat/messages.ts';
import type { HistoryQuery, Message, NewMessage, ReactionChange } from '../../../chat/model.ts';
import type { Drizzle } from '../../../db/connection/open.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { asPrincipal } from '../../../tracking/principal.ts';
import { groupChat } from '../schema.ts';
import { type Author, type Changed, carryOut, type GroupDeps } from './change.ts';
import { groupChannel } from './names.ts';
import { demand, isMember, moderates, notMember } from './rights.ts';
import { type Found, find, findOpen } from './standing-service.ts';

const nothing = async () => undefined;

const chat: Chat<'channelId'> = { tables: groupChat, key: 'channelId' };
type GroupMessage = Message<'channelId'>;

/** The messages of group channels, between their members. All methods throw `not_found`, `forbidden`, `conflict`. */
export class GroupChatService {
  readonly #deps: GroupDeps;

  constructor(deps: GroupDeps) {
    this.#deps = deps;
  }

  /** A page, the newest first, with the position from which live messages follow. */
  async history(channelId: string, query: HistoryQuery, principal: Principal) {
    const { publisher, tracking } = this.#deps;
    const channel = groupChannel(channelId);
    const { data, positions } = await publisher.snapshot([channel], (tx) =>
      asPrincipal(tx, tracking.members, principal, async () => {
        demand(isMember(await find(tx, channelId, principal)), notMember);
        return readHistory(chat, tx, channelId, query);
      }),
    );
    return { ...data, ...snapshotAt(positions) };
  }

  send(channelId: string, message: NewMessage, author: Author): Promise<Changed<GroupMessage>> {
    const before = (tx: Drizzle) => withAttachments(tx, groupChannel(channelId), author.principal, message);
    return this.#taking(channelId, author, before, async (turn, _, sent) => {
      // One sender at a time: what is read up to a message has every message before it.
      await turn.tx.execute(
        sql`select pg_advisory_xact_lock(hashtextextended(${groupChannel(channelId)}, 0))`,
      );
      return send(chat, turn, sent);
    });
  }

  edit(channelId: string, messageId: string, body: string, author: Author): Promise<Changed<GroupMessage>> {
    return this.#taking(channelId, author, nothing, (turn) => edit(chat, turn, messageId, body));
  }

  remove(channelId: string, messageId: string, author: Author): Promise<Changed<GroupMessage>> {
    const before = (tx: Drizzle) => dropAttachments(tx, groupChannel(channelId), messageId);
    return this.#taking(channelId, author, before, (turn, found) =>
      remove(chat, turn, messageId, moderates(found)),
    );
  }

  react(
    channelId: string,
    messageId: string,
    change: ReactionChange,
    author: Author,
  ): Promise<Changed<boolean>> {
    return this.#taking(channelId, author, nothing, (turn) => react(chat, turn, messageId, change));
  }

  markRead(channelId: string, messageId: string, author: Author): Promise<Changed<boolean>> {
    return this.#taking(channelId, author, nothing, (turn) => markRead(chat, turn, messageId));
  }

  /** `before` touches tables of the engine, which are not the caller's; a right that lacks undoes it. */
  #taking<T, Before>(
    channelId: string,
    author: Author,
    before: (tx: Drizzle) => Promise<Before>,
    work: (turn: Turn, found: Found, prepared: Before) => Promise<T>,
  ): Promise<Changed<T>> {
    const channel = groupChannel(channelId);
    const { principal } = author;
    const { userId: sourceUserId } = principal;
    return carryOut(this.#deps, author, async ({ tx, asCaller, publish }) => {
      const prepared = await before(tx);
      return asCaller(async () => {
        const found = await findOpen(tx, channelId, principal);
        demand(isMember(found), notMember);
        const turn: Turn = {
          tx,
          conversationId: channelId,
          principal,
          publish(type, data) {
            publish({ channel, type, data, sourceUserId });
            return data;
          },
        };
        return work(turn, found, prepared);
      });
    });
  }
}
