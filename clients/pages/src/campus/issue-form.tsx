import type { FormEvent, ReactNode } from 'react';
import { SelectField } from '../shell/frame/select-field.tsx';
import { attempt, request } from '../shell/rest.ts';
import { categories, levels, type Organization } from './issues.ts';
import { campusWords, wordOf } from './words.ts';

/** Somebody reports an issue. */
export function IssueForm({ organization }: { readonly organization: Organization }): ReactNode {
  const say = campusWords();
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const { place, ...given } = Object.fromEntries(new FormData(form));
    const [campusId, buildingId] = String(place).split('/');
    const body = { ...given, campusId, ...(buildingId && { buildingId }) };
    const key = crypto.randomUUID();
    const done = await attempt(() => request('POST', '/api/issues', body, { key }), say.reported);
    if (done !== undefined) form.reset();
  }
  return (
    <details className="card">
      <summary>{say.report}</summary>
      <form className="stack tight" onSubmit={(event) => void submit(event)}>
        <label className="field">
          {say.name}
          <input name="title" required maxLength={200} autoComplete="off" />
        </label>
        <label className="field">
          {say.description}
          <textarea name="description" rows={3} maxLength={10_000} />
        </label>
        <label className="field">
          {say.place}
          <select name="place">
            {organization.campuses.map((campus) => (
              <optgroup key={campus.id} label={campus.name}>
                <option value={campus.id}>{campus.name}</option>
                {campus.buildings.map(({ id, name }) => (
                  <option key={id} value={`${campus.id}/${id}`}>
                    {name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        <div className="cluster">
          <SelectField name="category" label={say.category} values={categories} wordOf={wordOf} />
          <SelectField name="severity" label={say.severity} values={levels} wordOf={wordOf} />
          <SelectField name="priority" label={say.priority} values={levels} wordOf={wordOf} />
        </div>
        <div>
          <button type="submit" className="primary">
            {say.report}
          </button>
        </div>
      </form>
    </details>
  );
}
