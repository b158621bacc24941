import { type ReactNode, useState } from 'react';
import type { Attachment } from '../../../../../src/chat/model.ts';
import { toast } from '../../shell/toasts.tsx';
import { acceptedEndings, typeOf } from './files.ts';
import { chatWords } from './words.ts';

interface AttachProps {
  readonly attachments: readonly Attachment[];
  readonly onChange: (attachments: readonly Attachment[]) => void;
}

/** Adds references to what is stored elsewhere. */
export function Attach({ attachments, onChange }: AttachProps): ReactNode {
  const say = chatWords();
  const [name, setName] = useState('');
  const [reference, setReference] = useState('');
  const [size, setSize] = useState('100');
  function add(): void {
    const mimeType = typeOf({ name });
    if (!mimeType) {
      toast(say.attachKinds(acceptedEndings.join(', ')), 'bad');
      return;
    }
    const bytes = Math.max(1, Math.round(Number(size) * 1_024));
    onChange([...attachments, { name: name.trim(), mimeType, size: bytes, reference: reference.trim() }]);
    setName('');
    setReference('');
  }
  return (
    <>
      {attachments.map((each) => (
        <p key={each.reference} className="spread small attachment">
          <span>📎 {each.name}</span>
          <button
            type="button"
            className="quiet icon"
            aria-label={say.attachDrop(each.name)}
            onClick={() => onChange(attachments.filter((other) => other !== each))}
          >
            ×
          </button>
        </p>
      ))}
      <details>
        <summary className="small">{say.attach}</summary>
        <div className="stack attach">
          <p className="muted small">{say.attachHelp}</p>
          <label className="field">
            {say.attachAddress}
            <input
              type="url"
              value={reference}
              onChange={(event) => setReference(event.currentTarget.value)}
              autoComplete="off"
            />
          </label>
          <div className="attach-row">
            <label className="field">
              {say.attachName}
              <input
                value={name}
                maxLength={255}
                onChange={(event) => setName(event.currentTarget.value)}
                autoComplete="off"
              />
            </label>
            <label className="field">
              {say.attachSize}
              <input
                type="number"
                min={1}
                max={25_600}
                value={size}
                onChange={(event) => setSize(event.currentTarget.value)}
              />
            </label>
          </div>
          <button type="button" disabled={reference === '' || name === ''} onClick={add}>
            {say.attachAdd}
          </button>
        </div>
      </details>
    </>
  );
}
