import { getTableName, type SQL, sql } from 'drizzle-orm';
import { isoTime } from '../db/append-statements.ts';
import { assignments, insertInto, jsonObject, rowJson } from '../db/writing/row-statements.ts';
import type { WriteStatement } from '../db/writing/write.ts';
import type { Principal } from '../realtime/principal.ts';
import type { OutgoingMessage } from './attachments.ts';
import type { Chat } from './chat.ts';
import type { ReactionChange } from './model.ts';

/*
 * The steps of `messages.ts` and `marks.ts` as one statement each, for a domain whose policies are conditions. A statement
 * that finds nothing to change says nothing of the reason: the step as a transaction does.
 */

/** The place of a change. */
export interface Conversation {
  readonly conversationId: string;
  readonly principal: Principal;
  /** Its name in the log. */
  readonly channel: string;
  /** A row of `request` where the principal may take part. */
  readonly visible: SQL;
}

/** Stores a message without files, unless it is known. A reply to a message of elsewhere violates a foreign key. */
export function sending(chat: Chat, where: Conversation, message: OutgoingMessage): WriteStatement {
  const { conversationId, principal, visible } = where;
  const { messages } = chat.tables;
  const values = { ...message, conversationId, authorId: principal.userId, authorRole: principal.role };
  return {
    before: { visible },
    change: sql`${insertInto(messages, values, sql`visible`)} on conflict do nothing returning ${messages}.*`,
    ...published(chat, where),
  };
}

export function editing(chat: Chat, where: Conversation, messageId: string, body: string): WriteStatement {
  const { messages } = chat.tables;
  const set = assignments(messages, { body, editedAt: sql`clock_timestamp()` });
  return {
    before: { visible: where.visible },
    change: sql`update ${messages} set ${set} from visible where ${isMessage(chat, where, messageId)}
      and ${messages.authorId} = ${where.principal.userId} and ${messages.deletedAt} is null returning ${messages}.*`,
    ...published(chat, where),
  };
}

/** The message is locked, as its removal removes its reactions. The result is `true`. */
export function reacting(
  chat: Chat,
  where: Conversation,
  messageId: string,
  { emoji, present }: ReactionChange,
): WriteStatement {
  const { messages, reactions } = chat.tables;
  const { userId } = where.principal;
  const values = { messageId: sql`found.id`, userId, emoji };
  const taken = sql`${reactions.messageId} = found.id and ${reactions.userId} = ${userId} and ${reactions.emoji} = ${emoji}`;
  return {
    before: {
      visible: where.visible,
      found: sql`select ${messages.messageId} from visible, ${messages} where ${isMessage(chat, where, messageId)}
        and ${messages.deletedAt} is null for no key update of ${sql.identifier(getTableName(messages))}`,
    },
    change: present
      ? sql`${insertInto(reactions, values, sql`found`)} on conflict do nothing returning 1`
      : sql`delete from ${reactions} using found where ${taken} returning 1`,
    result: sql`to_json(true)`,
    publications: [
      {
        ...placeOf(where),
        type: 'chatReaction',
        data: jsonObject({
          messageId: sql`${messageId}::text`,
          userId: sql`${userId}::text`,
          emoji: sql`${emoji}::text`,
          present: sql`${present}::boolean`,
        }),
      },
    ],
  };
}

/** The result says whether the receipt went on; a row is found where the message is. */
export function markingReadTo(chat: Chat, where: Conversation, messageId: string): WriteStatement {
  const { messages, receipts } = chat.tables;
  const { conversationId, principal, visible, channel } = where;
  const { userId } = principal;
  const values = {
    ...{ conversationId, userId, messageId: sql`message.id`, seq: sql`message.seq` },
    readAt: sql`clock_timestamp()`,
  };
  const moves = sql`on conflict (${sql.identifier(receipts.conversationId.name)}, user_id) do update set
    message_id = excluded.message_id, seq = excluded.seq, read_at = excluded.read_at
    where ${receipts.seq} < excluded.seq`;
  return {
    before: {
      visible,
      message: sql`select ${messages.messageId}, ${messages.seq} from visible, ${messages}
        where ${isMessage(chat, where, messageId)}`,
      moved: sql`${insertInto(receipts, values, sql`message`)} ${moves} returning ${receipts.readAt}`,
    },
    change: sql`select moved.read_at from message left join moved on true`,
    result: sql`to_json(changed.read_at is not null)`,
    publications: [
      {
        ...placeOf(where),
        channel: sql`case when changed.read_at is not null then ${channel} end`,
        type: 'chatRead',
        data: jsonObject({
          [chat.key]: sql`${conversationId}::text`,
          userId: sql`${userId}::text`,
          messageId: sql`${messageId}::text`,
          readAt: sql.raw(isoTime('changed.read_at')),
        }),
      },
    ],
  };
}

const placeOf = ({ channel, principal }: Conversation) => ({ channel, sourceUserId: principal.userId });

const isMessage = ({ tables: { messages } }: Chat, { conversationId }: Conversation, messageId: string) =>
  sql`${messages.conversationId} = ${conversationId} and ${messages.messageId} = ${messageId}`;

/** The message as `shownOf` shows it, and its publication. */
function published(
  { tables: { messages }, key }: Chat,
  where: Conversation,
): Pick<WriteStatement, 'result' | 'publications'> {
  const { messageId, conversationId, authorId, authorRole, body, replyTo, attachments } = messages;
  const { createdAt, editedAt, deletedAt } = messages;
  return {
    result: rowJson('changed', {
      ...{ messageId, [key]: conversationId, authorId, authorRole, body, replyTo, attachments },
      ...{ createdAt, editedAt, deletedAt },
    }),
    publications: [{ ...placeOf(where), type: 'chatMessage' }],
  };
}
