import { type ReactNode, useState } from 'react';
import type { ReactionChange } from '../../../../../src/chat/model.ts';
import { momentOf } from '../../shell/browser/time.ts';
import { attempt, request } from '../../shell/rest.ts';
import type { Session } from '../../shell/session.ts';
import { AttachmentView } from './attachment.tsx';
import type { Draft } from './composer.tsx';
import type { Message } from './state.ts';
import { chatWords } from './words.ts';

type Emoji = ReactionChange['emoji'];
const emojis: readonly Emoji[] = ['👍', '❤️', '✅', '🙏', '😊', '😢', '❗', '❓'];

interface ChatMessageProps {
  readonly message: Message;
  /** The message of `replyTo`, if it is shown too. */
  readonly answered: Message | undefined;
  /** The others who have read up to it. */
  readonly readers: readonly string[];
  /** The address of the chat. */
  readonly path: string;
  readonly who: Session;
  readonly onDraft: (draft: Draft) => void;
}

export function ChatMessage(props: ChatMessageProps): ReactNode {
  const { message, answered, readers, path, who, onDraft } = props;
  const { messageId, authorId, body, attachments, reactions, createdAt, editedAt, deletedAt } = message;
  const say = chatWords();
  const [isOpen, setOpen] = useState(false);
  const isMine = authorId === who.userId;
  const own = `${path}/${messageId}`;
  function react(emoji: string): void {
    const has = reactions.find((each) => each.emoji === emoji)?.userIds.includes(who.userId) === true;
    void attempt(() => request('PUT', `${own}/reactions`, { emoji, present: !has }));
    setOpen(false);
  }
  function write(draft: Draft): void {
    onDraft(draft);
    setOpen(false);
  }
  return (
    <li className="message" data-mine={isMine ? '' : undefined}>
      <div className="bubble">
        <p className="message-head small">
          <strong>{authorId}</strong>{' '}
          <span className="muted">
            <time dateTime={createdAt}>{momentOf(createdAt)}</time>
            {editedAt && !deletedAt && ` · ${say.edited}`}
          </span>
        </p>
        {answered && <p className="answered small">{`${answered.authorId}: ${answered.body}`}</p>}
        {deletedAt ? <p className="muted">{say.deleted}</p> : body && <p className="message-body">{body}</p>}
        {attachments.map((each) => (
          <AttachmentView key={each.reference} of={each} />
        ))}
      </div>
      {!deletedAt && (
        <div className="reactions">
          {reactions.map(({ emoji, userIds }) => (
            <button
              key={emoji}
              type="button"
              className="reaction"
              aria-pressed={userIds.includes(who.userId)}
              aria-label={say.react(emoji, userIds.length)}
              title={userIds.join(', ')}
              onClick={() => react(emoji)}
            >
              {emoji} {userIds.length}
            </button>
          ))}
          <button
            type="button"
            className="quiet reaction"
            aria-expanded={isOpen}
            aria-label={say.more(authorId)}
            onClick={() => setOpen(!isOpen)}
          >
            ⋯
          </button>
        </div>
      )}
      {isOpen && (
        <div className="message-menu">
          {emojis.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="quiet icon"
              aria-label={say.addReaction(emoji)}
              onClick={() => react(emoji)}
            >
              {emoji}
            </button>
          ))}
          <button type="button" className="quiet" onClick={() => write({ replyTo: message })}>
            {say.reply}
          </button>
          {isMine && (
            <>
              <button type="button" className="quiet" onClick={() => write({ edits: message })}>
                {say.edit}
              </button>
              <button
                type="button"
                className="quiet"
                onClick={() => void attempt(() => request('DELETE', own))}
              >
                {say.remove}
              </button>
            </>
          )}
        </div>
      )}
      {readers.length > 0 && <p className="muted small">{say.readBy(readers.join(', '))}</p>}
    </li>
  );
}
