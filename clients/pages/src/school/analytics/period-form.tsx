import type { FormEvent, ReactNode } from 'react';
import type { ExportQuery } from '../../../../../src/domains/school/analytics/analytics-model.ts';
import { SelectField } from '../../shell/frame/select-field.tsx';
import type { School } from '../schools.tsx';
import { schoolWords } from '../words.ts';
import type { Days } from './days.ts';
import { analyticsWords } from './words.ts';

type FactKind = ExportQuery['of'];

export interface Asked extends Days {
  /** Empty for all schools. */
  readonly schoolId: string;
}

interface PeriodFormProps {
  /** Those that are asked for at first. */
  readonly days: Days;
  readonly schools: readonly School[];
  readonly onShow: (asked: Asked) => void;
  readonly onDownload: (kind: FactKind, asked: Asked) => unknown;
}

/** The choice of days and school, for the page and for a file. */
export function PeriodForm({ days, schools, onShow, onDownload }: PeriodFormProps): ReactNode {
  const say = analyticsWords();
  const kinds: Readonly<Record<FactKind, string>> = {
    deliveries: schoolWords().deliveries,
    sessions: say.sessions,
    activity: say.pages,
  };
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    const asked: Asked = { from: text('from'), to: text('to'), schoolId: text('schoolId') };
    if (submitter?.getAttribute('value') === 'file') onDownload(text('kind') as FactKind, asked);
    else onShow(asked);
  }
  return (
    <form className="cluster period" onSubmit={submit}>
      <label className="field">
        {say.from}
        <input type="date" name="from" required defaultValue={days.from} />
      </label>
      <label className="field">
        {say.to}
        <input type="date" name="to" required defaultValue={days.to} />
      </label>
      {schools.length > 1 && (
        <label className="field">
          {schoolWords().school}
          <select name="schoolId">
            <option value="">{say.allSchools}</option>
            {schools.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="submit" className="primary" value="page">
        {say.show}
      </button>
      <SelectField
        name="kind"
        label={say.file}
        values={Object.keys(kinds)}
        wordOf={(kind) => kinds[kind as FactKind]}
      />
      <button type="submit" value="file">
        {say.download}
      </button>
    </form>
  );
}
