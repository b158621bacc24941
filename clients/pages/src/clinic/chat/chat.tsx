import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useChannel, useTambuli } from '../../shell/client.ts';
import { request } from '../../shell/rest.ts';
import type { Session } from '../../shell/session.ts';
import { ChatComposer, type Draft } from './composer.tsx';
import { ChatMessage } from './message.tsx';
import { type ChatState, type Message, useChat } from './state.ts';
import { chatWords } from './words.ts';

/** The conversation about a case: messages, who is writing, who has read. */
export function Chat({ caseId, who }: { readonly caseId: string; readonly who: Session }): ReactNode {
  const say = chatWords();
  const { chat, more } = useChat(caseId);
  const [draft, setDraft] = useState<Draft>({});
  const typing = useTyping(caseId, who);
  const path = `/api/cases/${encodeURIComponent(caseId)}/chat`;
  useReading(path, chat, who);
  const end = useRef<HTMLOListElement>(null);
  const last = chat?.messages.at(-1)?.messageId;
  useEffect(() => {
    if (last !== undefined) end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [last]);
  if (!chat) return <div className="card" aria-busy="true" />;
  const { messages, receipts, hasMore } = chat;
  return (
    <section className="card stack chat" aria-labelledby="chat">
      <h3 id="chat">{say.chat}</h3>
      {hasMore && (
        <button type="button" className="quiet" onClick={more}>
          {say.earlier}
        </button>
      )}
      {messages.length === 0 && <p className="muted small">{say.nothing}</p>}
      <ol className="messages" ref={end} aria-live="polite">
        {messages.map((message) => (
          <ChatMessage
            key={message.messageId}
            message={message}
            answered={messages.find(({ messageId }) => messageId === message.replyTo)}
            readers={receipts
              .filter(({ messageId, userId }) => messageId === message.messageId && userId !== who.userId)
              .map(({ userId }) => userId)}
            path={path}
            who={who}
            onDraft={setDraft}
          />
        ))}
      </ol>
      <p className="typing muted small" role="status">
        {typing.length > 0 && (typing.length === 1 ? say.typing : say.typingMany)(typing.join(', '))}
      </p>
      <ChatComposer caseId={caseId} path={path} draft={draft} onDraft={setDraft} />
    </section>
  );
}

/** Longer than the pause between two signs of writing that a composer sends. */
const typingMs = 5_000;

/** The others who are writing now. */
function useTyping(caseId: string, who: Session): readonly string[] {
  const name = `clinic_chat:${caseId}`;
  const client = useTambuli();
  const [typing, setTyping] = useState<readonly string[]>([]);
  const ends = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  function stop(userId: string): void {
    clearTimeout(ends.current.get(userId));
    ends.current.delete(userId);
    setTyping([...ends.current.keys()]);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: `stop` works on the ref alone.
  useEffect(() => {
    const undo = client.channel(name).whispers.subscribe(({ type, userId }) => {
      if (type !== 'typing' || userId === undefined || userId === who.userId) return;
      stop(userId);
      ends.current.set(
        userId,
        setTimeout(() => stop(userId), typingMs),
      );
      setTyping([...ends.current.keys()]);
    });
    return () => {
      undo();
      for (const end of ends.current.values()) clearTimeout(end);
    };
  }, [client, name, who]);
  useChannel(name, ({ type, data }) => {
    if (type === 'chatMessage') stop((data as Message).authorId);
  });
  return typing;
}

/** Tells the others how far this person has read, once they can see it. */
function useReading(path: string, chat: ChatState | undefined, who: Session): void {
  const read = useRef<string | undefined>(undefined);
  const last = chat?.messages.at(-1);
  const isMine = last?.authorId === who.userId;
  const isRead = chat?.receipts.some(
    ({ userId, messageId }) => userId === who.userId && messageId === last?.messageId,
  );
  const messageId = isMine || isRead ? undefined : last?.messageId;
  useEffect(() => {
    if (messageId === undefined) return undefined;
    function tell(): void {
      if (document.visibilityState !== 'visible' || read.current === messageId) return;
      read.current = messageId;
      request('POST', `${path}/read`, { messageId }).catch(() => {
        // The next message, or the next look at the page, tells it.
        read.current = undefined;
      });
    }
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [path, messageId]);
}
