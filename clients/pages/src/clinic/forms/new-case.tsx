import { type FormEvent, type ReactNode, useState } from 'react';
import type { Case, CaseAnswer, NewCase } from '../../../../../src/domains/clinic/model.ts';
import { goTo } from '../../shell/browser/place.ts';
import { attempt, request } from '../../shell/rest.ts';
import { clinicWords } from '../words.ts';
import { CaseFields } from './case-fields.tsx';
import { useDraft } from './draft.ts';
import { useRequestKey } from './request-key.ts';

const empty = { patientName: '', complaint: '', village: '', priority: 'routine' };

/** The form by which a health worker brings a case. */
export function NewCaseForm(): ReactNode {
  const say = clinicWords();
  const [isSending, setSending] = useState(false);
  const keyOf = useRequestKey();
  const draft = useDraft(empty);
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const { patientName, complaint, village, priority } = { ...empty, ...draft.changed };
    const body: NewCase = {
      patientName,
      complaint,
      priority: priority as Case['priority'],
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
      <CaseFields draft={draft} isNew />
      <button type="submit" className="primary" disabled={isSending}>
        {say.saveCase}
      </button>
    </form>
  );
}
