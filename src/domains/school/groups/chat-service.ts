import { sql } from 'drizzle-orm';
import type { Chat, Turn } from '../../../chat/chat.ts';
import { readHistory } from '../../../chat/history.ts';
import { markRead, react } from '../../../chat/marks.ts';
import { edit, remove, send } from '../../../chat/messages.ts';
import type { HistoryQuery, Message, NewMessage, ReactionChange } from '../../../chat/model.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { asPrincipal } from '../../../tracking/principal.ts';
import { groupChat } from '../schema.ts';
import { type Author, type Changed, carryOut, type GroupDeps } from './change.ts';
import { groupChannel } from './names.ts';
import { demand, isMember, moderates, notMember } from './rights.ts';
import { type Found, find, findOpen } from './standing-service.ts';

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
    return this.#taking(channelId, author, async (turn) => {
      // One sender at a time: what is read up to a message has every message before it.
      await turn.tx.execute(
        sql`select pg_advisory_xact_lock(hashtextextended(${groupChannel(channelId)}, 0))`,
      );
      return send(chat, turn, message);
    });
  }

  edit(channelId: string, messageId: string, body: string, author: Author): Promise<Changed<GroupMessage>> {
    return this.#taking(channelId, author, (turn) => edit(chat, turn, messageId, body));
  }

  remove(channelId: string, messageId: string, author: Author): Promise<Changed<GroupMessage>> {
    return this.#taking(channelId, author, (turn, found) => remove(chat, turn, messageId, moderates(found)));
  }

  react(
    channelId: string,
    messageId: string,
    change: ReactionChange,
    author: Author,
  ): Promise<Changed<boolean>> {
    return this.#taking(channelId, author, (turn) => react(chat, turn, messageId, change));
  }

  markRead(channelId: string, messageId: string, author: Author): Promise<Changed<boolean>> {
    return this.#taking(channelId, author, (turn) => markRead(chat, turn, messageId));
  }

  #taking<T>(
    channelId: string,
    author: Author,
    work: (turn: Turn, found: Found) => Promise<T>,
  ): Promise<Changed<T>> {
    const channel = groupChannel(channelId);
    const { principal } = author;
    const { userId: sourceUserId } = principal;
    return carryOut(this.#deps, author, ({ tx, asCaller, publish }) =>
      asCaller(async () => {
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
        return work(turn, found);
      }),
    );
  }
}
