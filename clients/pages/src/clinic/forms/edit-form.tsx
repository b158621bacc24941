import type { FormEvent, ReactNode } from 'react';
import type { Case, CaseEdit } from '../../../../../src/domains/clinic/model.ts';
import { request } from '../../shell/rest.ts';
import { clinicWords } from '../words.ts';
import type { CaseFormProps } from './case-forms.tsx';
import { useDraft } from './draft.ts';
import { priorities } from './new-case.tsx';
import { formWords } from './words.ts';

/** Corrects what a case says. Only the fields that differ are sent. */
export function EditForm({ of, token, isSending, change }: CaseFormProps): ReactNode {
  const say = clinicWords();
  const own = formWords();
  const { patientName, complaint, village, priority } = of;
  const { texts, changed, isChanged, write } = useDraft({
    patientName,
    complaint,
    village: village ?? '',
    priority,
  });
  const isReadOnly = token === undefined;
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const { priority: urgency, village: place, ...rest } = changed;
    const body: CaseEdit = {
      ...rest,
      ...(place !== undefined && { village: place || null }),
      ...(urgency !== undefined && { priority: urgency as Case['priority'] }),
      ...(token !== undefined && { fencingToken: token }),
    };
    void change(() => request('PATCH', `/api/cases/${encodeURIComponent(of.caseId)}`, body), own.edited);
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={own.edit}>
      <label className="field">
        {say.patient}
        <input
          required
          readOnly={isReadOnly}
          maxLength={200}
          autoComplete="off"
          value={texts.patientName}
          onChange={(event) => write('patientName', event.currentTarget.value)}
        />
      </label>
      <label className="field">
        {say.complaint}
        <textarea
          required
          readOnly={isReadOnly}
          rows={4}
          maxLength={5_000}
          value={texts.complaint}
          onChange={(event) => write('complaint', event.currentTarget.value)}
        />
      </label>
      <label className="field">
        {say.village}
        <input
          readOnly={isReadOnly}
          maxLength={200}
          autoComplete="off"
          value={texts.village}
          onChange={(event) => write('village', event.currentTarget.value)}
        />
      </label>
      <fieldset className="choices" disabled={isReadOnly}>
        <legend>{say.priority}</legend>
        {priorities.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="edited-priority"
              value={each}
              checked={texts.priority === each}
              onChange={() => write('priority', each)}
            />
            {say.priorities(each)}
          </label>
        ))}
      </fieldset>
      <button type="submit" disabled={isReadOnly || isSending || !isChanged}>
        {own.saveEdit}
      </button>
    </form>
  );
}
