import type { FormEvent, ReactNode } from 'react';
import type { Assignment } from '../../../../../src/domains/clinic/model.ts';
import { request } from '../../shell/rest.ts';
import type { CaseFormProps } from './case-forms.tsx';
import { useDraft } from './draft.ts';
import { PersonField } from './person-field.tsx';
import { formWords } from './words.ts';

/** Assigns a case to a clinician, or gives it to another health worker. */
export function AssignForm({ of, token, isSending, change }: CaseFormProps): ReactNode {
  const say = formWords();
  const { caseId, clinicianId, workerId } = of;
  const { texts, changed, isChanged, write } = useDraft({ clinicianId: clinicianId ?? '', workerId });
  const isReadOnly = token === undefined;
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const { clinicianId: clinician, ...rest } = changed;
    const body: Assignment = {
      ...rest,
      ...(clinician !== undefined && { clinicianId: clinician || null }),
      ...(token !== undefined && { fencingToken: token }),
    };
    const path = `/api/cases/${encodeURIComponent(caseId)}/assignment`;
    void change(() => request('PUT', path, body), say.assigned);
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={say.assign}>
      <PersonField
        label={say.clinician}
        help={say.clinicianHelp}
        roles={['clinician', 'admin']}
        isReadOnly={isReadOnly}
        value={texts.clinicianId}
        onChange={(userId) => write('clinicianId', userId)}
      />
      <PersonField
        label={say.worker}
        roles={['asha', 'chw']}
        isReadOnly={isReadOnly}
        isRequired
        value={texts.workerId}
        onChange={(userId) => write('workerId', userId)}
      />
      <button type="submit" disabled={isReadOnly || isSending || !isChanged}>
        {say.saveAssignment}
      </button>
    </form>
  );
}
