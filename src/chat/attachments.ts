import type { Drizzle } from '../db/connection/open.ts';
import { attachFiles } from '../db/files/attachments.ts';
import { removeAttached } from '../db/files/file-rows.ts';
import { AppError } from '../errors.ts';
import type { Principal } from '../realtime/principal.ts';
import type { Attachment, NewAttachment, NewMessage } from './model.ts';

/** A message as it is stored. */
export interface OutgoingMessage extends Omit<NewMessage, 'attachments'> {
  readonly messageId: string;
  readonly attachments: readonly Attachment[];
}

/**
 * The message with the files that it names, attached to it in this transaction; runs as the role that owns the engine's
 * tables. `channel` is that of the conversation. Throws `not_found` for what is no complete upload of the author for this
 * channel, `validation_failed` for a message without any content.
 */
export async function withAttachments(
  tx: Drizzle,
  channel: string,
  { userId, service }: Principal,
  given: NewMessage,
): Promise<OutgoingMessage> {
  const { attachments = [] } = given;
  const message = withoutFiles(given);
  const { messageId } = message;
  const ids = [...new Set(attachments.flatMap((each) => ('fileId' in each ? [each.fileId] : [])))];
  const attaching = { channel, ownerId: service ? null : userId, ids, to: attachedTo(messageId) };
  const files = ids.length > 0 ? await attachFiles(tx, attaching) : [];
  return { ...message, attachments: [...files, ...message.attachments] };
}

/** Whether the message names files, which only a transaction attaches. */
export const namesFiles = ({ attachments = [] }: NewMessage): boolean =>
  attachments.some((each) => 'fileId' in each);

/** The message with what lies elsewhere. Throws `validation_failed` for a message without any content. */
export function withoutFiles({ attachments = [], ...message }: NewMessage): OutgoingMessage {
  if (message.body.trim() === '' && attachments.length === 0) {
    throw new AppError('validation_failed', 'A message has a body or attachments.', { field: 'body' });
  }
  const messageId = message.messageId ?? crypto.randomUUID();
  const places = attachments.flatMap((each) => ('fileId' in each ? [] : [placeOf(each)]));
  return { ...message, messageId, attachments: places };
}

/** The files of a message that is removed go with it. Runs as `withAttachments`. */
export async function dropAttachments(tx: Drizzle, channel: string, messageId: string): Promise<void> {
  await removeAttached(tx, { channel, to: attachedTo(messageId) });
}

const attachedTo = (messageId: string) => `message:${messageId.toLowerCase()}`;

/** Fields that a frame has beside these are no part of an attachment. */
const placeOf = ({
  name,
  mimeType,
  size,
  reference,
}: Exclude<NewAttachment, { fileId: string }>): Attachment => ({
  name,
  mimeType,
  size,
  reference,
});
