import { type ReactNode, useEffect, useId, useRef } from 'react';
import type { Case } from '../../../../../src/domains/clinic/model.ts';
import { clinicWords } from '../words.ts';
import type { Draft } from './draft.ts';

const priorities: readonly Case['priority'][] = ['routine', 'urgent', 'emergency'];

interface CaseFieldsProps {
  readonly draft: Pick<Draft<'patientName' | 'complaint' | 'village' | 'priority'>, 'texts' | 'write'>;
  readonly isReadOnly?: boolean;
  /** Whether a person fills them in for the first time: the first field has the focus, and the complaint is explained. */
  readonly isNew?: boolean;
}

/** The fields that say what a case is about. */
export function CaseFields({ draft, isReadOnly = false, isNew = false }: CaseFieldsProps): ReactNode {
  const say = clinicWords();
  const { texts, write } = draft;
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    if (isNew) first.current?.focus();
  }, [isNew]);
  return (
    <>
      <label className="field">
        {say.patient}
        <input
          ref={first}
          name="patientName"
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
          name="complaint"
          required
          readOnly={isReadOnly}
          rows={4}
          maxLength={5_000}
          aria-describedby={isNew ? `${id}-help` : undefined}
          value={texts.complaint}
          onChange={(event) => write('complaint', event.currentTarget.value)}
        />
      </label>
      {isNew && (
        <p id={`${id}-help`} className="muted small help">
          {say.complaintHelp}
        </p>
      )}
      <label className="field">
        {say.village}
        <input
          name="village"
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
              name={`${id}-priority`}
              value={each}
              checked={texts.priority === each}
              onChange={() => write('priority', each)}
            />
            {say.priorities(each)}
          </label>
        ))}
      </fieldset>
    </>
  );
}
