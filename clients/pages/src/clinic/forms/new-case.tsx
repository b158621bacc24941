import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Case, CaseAnswer, NewCase } from '../../../../../src/domains/clinic/model.ts';
import { goTo } from '../../shell/browser/place.ts';
import { attempt, request } from '../../shell/rest.ts';
import { clinicWords } from '../words.ts';
import { useRequestKey } from './request-key.ts';

export const priorities: readonly Case['priority'][] = ['routine', 'urgent', 'emergency'];

/** The form by which a health worker brings a case. */
export function NewCaseForm(): ReactNode {
  const say = clinicWords();
  const [isSending, setSending] = useState(false);
  const keyOf = useRequestKey();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const texts = new FormData(event.currentTarget);
    const text = (name: string) => String(texts.get(name) ?? '').trim();
    const village = text('village');
    const body: NewCase = {
      patientName: text('patientName'),
      complaint: text('complaint'),
      priority: text('priority') as Case['priority'],
      ...(village && { village }),
    };
    const key = keyOf(body);
    setSending(true);
    const answer = await attempt(() =>
      request<(typeof CaseAnswer)['static']>('POST', '/api/cases', body, { key }),
    );
    setSending(false);
    if (answer) goTo(`case=${encodeURIComponent(answer.data.caseId)}`);
  }
  return (
    <form className="card stack" onSubmit={(event) => void submit(event)} aria-labelledby="new-case">
      <div className="spread">
        <h2 id="new-case">{say.newCase}</h2>
        <a href="#cases">{say.cancelForm}</a>
      </div>
      <p className="muted">{say.newCaseHelp}</p>
      <label className="field">
        {say.patient}
        <input ref={first} name="patientName" required maxLength={200} autoComplete="off" />
      </label>
      <label className="field">
        {say.complaint}
        <textarea name="complaint" required rows={4} maxLength={5_000} aria-describedby="complaint-help" />
      </label>
      <p id="complaint-help" className="muted small help">
        {say.complaintHelp}
      </p>
      <label className="field">
        {say.village}
        <input name="village" maxLength={200} autoComplete="off" />
      </label>
      <fieldset className="choices">
        <legend>{say.priority}</legend>
        {priorities.map((each, index) => (
          <label key={each}>
            <input type="radio" name="priority" value={each} defaultChecked={index === 0} />
            {say.priorities(each)}
          </label>
        ))}
      </fieldset>
      <button type="submit" className="primary" disabled={isSending}>
        {say.saveCase}
      </button>
    </form>
  );
}
