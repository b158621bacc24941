import type { FormEvent, ReactNode } from 'react';
import type { Case, CaseEdit } from '../../../../../src/domains/clinic/model.ts';
import { request } from '../../shell/rest.ts';
import { CaseFields } from './case-fields.tsx';
import type { CaseFormProps } from './case-forms.tsx';
import { useDraft } from './draft.ts';
import { formWords } from './words.ts';

/** Corrects what a case says. Only the fields that differ are sent. */
export function EditForm({ of, token, isSending, change }: CaseFormProps): ReactNode {
  const say = formWords();
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
    void change(() => request('PATCH', `/api/cases/${encodeURIComponent(of.caseId)}`, body), say.edited);
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={say.edit}>
      <CaseFields draft={{ texts, write }} isReadOnly={isReadOnly} />
      <button type="submit" disabled={isReadOnly || isSending || !isChanged}>
        {say.saveEdit}
      </button>
    </form>
  );
}
