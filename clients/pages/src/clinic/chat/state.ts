import { useRef, useState } from 'react';
import type { ReactionChange } from '../../../../../src/chat/model.ts';
import type { History } from '../../../../../src/domains/clinic/chat-model.ts';
import { type Publication, useSnapshot, useTambuli } from '../../shell/client.ts';
import { get } from '../../shell/rest.ts';

type Page = (typeof History)['static'];
export type Message = Page['data'][number];
export type Receipt = Page['receipts'][number];

export interface ChatState {
  /** The newest last. */
  readonly messages: readonly Message[];
  readonly receipts: readonly Receipt[];
  readonly hasMore: boolean;
}

const pageSize = 30;

export interface OpenChat {
  /** Undefined until the first page is there. */
  readonly chat: ChatState | undefined;
  /** Fetches older messages too. */
  readonly more: () => void;
}

/** The conversation about a case, kept up to date by its channel. */
export function useChat(caseId: string): OpenChat {
  const name = `clinic_chat:${caseId}`;
  const client = useTambuli();
  const wanted = useRef(pageSize);
  const { data } = useSnapshot<string, ChatState>(
    name,
    (signal) => fetchChat(caseId, wanted.current, signal),
    reduced,
  );
  const [isAsked, setAsked] = useState(0);
  function more(): void {
    wanted.current += pageSize;
    setAsked(isAsked + 1);
    client.channel(name).refresh();
  }
  return { chat: data, more };
}

async function fetchChat(caseId: string, wanted: number, signal: AbortSignal) {
  const path = `/api/cases/${encodeURIComponent(caseId)}/chat?limit=${pageSize}`;
  const first = await get<Page>(path, signal);
  const found = [...first.data];
  let { nextCursor } = first;
  while (nextCursor !== null && found.length < wanted) {
    const page = await get<Page>(`${path}&cursor=${nextCursor}`, signal);
    found.push(...page.data);
    nextCursor = page.nextCursor;
  }
  const chat = { messages: found.reverse(), receipts: first.receipts, hasMore: nextCursor !== null };
  return { data: chat, position: first.position };
}

/** The effect of a publication on the conversation. */
export function reduced(chat: ChatState, { type, data }: Publication): ChatState {
  if (type === 'chatMessage') return { ...chat, messages: withMessage(chat.messages, data as Message) };
  if (type === 'chatReaction') {
    const change = data as ReactionChange & { readonly messageId: string; readonly userId: string };
    return {
      ...chat,
      messages: chat.messages.map((each) =>
        each.messageId === change.messageId
          ? { ...each, reactions: withReaction(each.reactions, change) }
          : each,
      ),
    };
  }
  if (type !== 'chatRead') return chat;
  const receipt = data as Receipt;
  return {
    ...chat,
    receipts: [...chat.receipts.filter(({ userId }) => userId !== receipt.userId), receipt],
  };
}

/** A deleted message has no reactions any more. */
function withMessage(messages: readonly Message[], message: Message): readonly Message[] {
  const { messageId, deletedAt } = message;
  const known = messages.find((each) => each.messageId === messageId);
  if (!known) return [...messages, { ...message, reactions: [] }];
  const next = { ...message, reactions: deletedAt ? [] : known.reactions };
  return messages.map((each) => (each.messageId === messageId ? next : each));
}

function withReaction(
  reactions: Message['reactions'],
  { emoji, userId, present }: ReactionChange & { readonly userId: string },
): Message['reactions'] {
  const others = reactions.find((each) => each.emoji === emoji)?.userIds.filter((id) => id !== userId) ?? [];
  const userIds = present ? [...others, userId] : others;
  const isKnown = reactions.some((each) => each.emoji === emoji);
  const all = isKnown ? reactions : [...reactions, { emoji, userIds }];
  return all
    .map((each) => (each.emoji === emoji ? { emoji, userIds } : each))
    .filter((each) => each.userIds.length > 0);
}
