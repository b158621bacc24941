import { type FormEvent, type ReactNode, useState } from 'react';
import type { Case, NewNotification } from '../../../../../src/domains/clinic/model.ts';
import { attempt, request } from '../../shell/rest.ts';
import { PersonField } from './person-field.tsx';
import { useRequestKey } from './request-key.ts';
import { formWords } from './words.ts';

/** Sends a notification about a case to one person. It changes nothing of the case, and needs no lock. */
export function NotifyForm({ of }: { readonly of: Case }): ReactNode {
  const say = formWords();
  const [userId, setUserId] = useState(of.workerId);
  const [title, setTitle] = useState('');
  const [message, setMessage] = useState('');
  const [isSending, setSending] = useState(false);
  const keyOf = useRequestKey();
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const { caseId } = of;
    const to = userId.trim();
    const body: NewNotification = { userId: to, title: title.trim(), message: message.trim(), caseId };
    setSending(true);
    const key = keyOf(body);
    const answer = await attempt(
      () => request('POST', '/api/clinic/notifications', body, { key }),
      say.sent(to),
    );
    setSending(false);
    if (answer === undefined) return;
    setTitle('');
    setMessage('');
  }
  return (
    <form className="stack" onSubmit={(event) => void submit(event)} aria-label={say.notify}>
      <PersonField
        label={say.recipient}
        roles={['asha', 'chw', 'clinician', 'admin']}
        isRequired
        value={userId}
        onChange={setUserId}
      />
      <label className="field">
        {say.subject}
        <input
          required
          maxLength={200}
          autoComplete="off"
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
      </label>
      <label className="field">
        {say.text}
        <textarea
          required
          rows={3}
          maxLength={5_000}
          value={message}
          onChange={(event) => setMessage(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isSending}>
        {say.sendNotification}
      </button>
    </form>
  );
}
