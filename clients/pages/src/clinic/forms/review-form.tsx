import { type FormEvent, type ReactNode, useState } from 'react';
import type { ClinicianReview } from '../../../../../src/domains/clinic/model.ts';
import { request } from '../../shell/rest.ts';
import { clinicWords } from '../words.ts';

interface ReviewFormProps {
  readonly caseId: string;
  readonly token: number | undefined;
  readonly isDisabled: boolean;
  /** Carries it out and shows a refusal; false when it was refused. */
  readonly change: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** The review of a clinician. What is written stays while the lock is not there. */
export function ReviewForm({ caseId, token, isDisabled, change }: ReviewFormProps): ReactNode {
  const say = clinicWords();
  const [assessment, setAssessment] = useState('');
  const [advice, setAdvice] = useState('');
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const status = (submitter as HTMLButtonElement | null)?.value === 'COMPLETED' ? 'COMPLETED' : 'REVIEWED';
    const body: ClinicianReview = {
      assessment: assessment.trim(),
      status,
      ...(advice.trim() && { advice: advice.trim() }),
      ...(token !== undefined && { fencingToken: token }),
    };
    const path = `/api/cases/${encodeURIComponent(caseId)}/clinician-review`;
    if (!(await change(() => request('POST', path, body)))) return;
    setAssessment('');
    setAdvice('');
  }
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <label className="field">
        {say.assessment}
        <textarea
          required
          rows={2}
          maxLength={10_000}
          value={assessment}
          onChange={(event) => setAssessment(event.currentTarget.value)}
        />
      </label>
      <label className="field">
        {say.advice}
        <textarea
          rows={2}
          maxLength={10_000}
          value={advice}
          onChange={(event) => setAdvice(event.currentTarget.value)}
        />
      </label>
      <div className="cluster">
        <button type="submit" className="primary" value="REVIEWED" disabled={isDisabled}>
          {say.sendReview}
        </button>
        <button type="submit" value="COMPLETED" disabled={isDisabled}>
          {say.sendAndClose}
        </button>
      </div>
    </form>
  );
}
