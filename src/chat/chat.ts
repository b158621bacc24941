import type { Drizzle } from '../db/connection/open.ts';
import type { Principal } from '../realtime/principal.ts';
import type { Message } from './model.ts';
import type { ChatTables } from './tables.ts';

/** The chats of one domain. */
export interface Chat<Key extends string = string> {
  readonly tables: ChatTables;
  /** The field that names the conversation on the wire: `caseId`. */
  readonly key: Key;
}

/**
 * A step of a transaction that changes one conversation. The domain has made sure that the principal may take part, and
 * appends what is published right before the commit (R5).
 */
export interface Turn {
  readonly tx: Drizzle;
  readonly conversationId: string;
  readonly principal: Principal;
  /** On the channel of the conversation; returns the data. */
  readonly publish: <Data>(type: string, data: Data) => Data;
}

type Row = ChatTables['messages']['$inferSelect'];

/** A message as its readers get it. */
export function shownOf<Key extends string>({ key }: Chat<Key>, row: Row): Message<Key> {
  const { messageId, seq: _, conversationId, attachments, ...rest } = row;
  const own = { [key]: conversationId } as Readonly<Record<Key, string>>;
  const { authorId, authorRole, body, replyTo, ...times } = rest;
  return {
    messageId,
    ...own,
    authorId,
    authorRole,
    body,
    replyTo,
    attachments: [...attachments],
    ...times,
  };
}
