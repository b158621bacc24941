import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Attachment, NewMessage } from '../../../../../src/chat/model.ts';
import { newId } from '../../shell/browser/ids.ts';
import { useTambuli } from '../../shell/client.ts';
import { attempt, request } from '../../shell/rest.ts';
import { Attach } from './attach.tsx';
import type { Message } from './state.ts';
import { Upload, type UploadedFile } from './upload.tsx';
import { chatWords } from './words.ts';

/** The message to reply to, or to change. */
export interface Draft {
  readonly replyTo?: Message;
  readonly edits?: Message;
}

interface ChatComposerProps {
  readonly caseId: string;
  readonly path: string;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

/** Between two signs that somebody writes. */
const typingMs = 2_000;

export function ChatComposer({ caseId, path, draft, onDraft }: ChatComposerProps): ReactNode {
  const say = chatWords();
  const client = useTambuli();
  const [text, setText] = useState('');
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const [files, setFiles] = useState<readonly UploadedFile[]>([]);
  const field = useRef<HTMLTextAreaElement>(null);
  const toldAt = useRef(0);
  /** Sent again after a failure, a message with the same id is stored once. */
  const id = useRef(newId());
  const { edits, replyTo } = draft;
  const hasMore = !edits && attachments.length + files.length > 0;
  useEffect(() => {
    if (edits) setText(edits.body);
    if (edits || replyTo) field.current?.focus();
  }, [edits, replyTo]);

  function write(next: string): void {
    setText(next);
    if (next === '' || Date.now() - toldAt.current < typingMs) return;
    toldAt.current = Date.now();
    client.channel(`clinic_chat:${caseId}`).whisper('typing', {});
  }

  function send(): Promise<unknown> {
    const body = text.trim();
    if (edits) return request('PUT', `${path}/${edits.messageId}`, { body });
    const message: NewMessage = {
      messageId: id.current,
      body,
      ...(replyTo && { replyTo: replyTo.messageId }),
      ...(hasMore && { attachments: [...files.map(({ fileId }) => ({ fileId })), ...attachments] }),
    };
    return request('POST', path, message);
  }

  async function submit(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    if ((text.trim() === '' && !hasMore) || !(await attempt(async () => (await send()) ?? true))) return;
    id.current = newId();
    toldAt.current = 0;
    setText('');
    setAttachments([]);
    setFiles([]);
    onDraft({});
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void submit();
  }

  return (
    <form className="stack tight" onSubmit={(event) => void submit(event)}>
      {(edits || replyTo) && (
        <p className="answered small spread">
          <span>{edits ? say.edit : say.replyTo(replyTo?.authorId ?? '')}</span>
          <button
            type="button"
            className="quiet"
            onClick={() => {
              if (edits) setText('');
              onDraft({});
            }}
          >
            {edits ? say.stopEditing : say.noReply}
          </button>
        </p>
      )}
      <div className="composer">
        <textarea
          ref={field}
          rows={2}
          maxLength={10_000}
          aria-label={say.message}
          placeholder={say.message}
          value={text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" className="primary">
          {edits ? say.save : say.send}
        </button>
      </div>
      {!edits && <Upload channel={`clinic_chat:${caseId}`} files={files} onChange={setFiles} />}
      {!edits && <Attach attachments={attachments} onChange={setAttachments} />}
    </form>
  );
}
