import { type FormEvent, type ReactNode, useState } from 'react';
import { SelectField } from '../shell/frame/select-field.tsx';
import { attempt, request } from '../shell/rest.ts';
import { toast } from '../shell/toasts.tsx';
import { api, type School } from './schools.tsx';
import { schoolWords, wordOf } from './words.ts';

const roles = ['parent', 'student', 'teacher', 'finance_manager', 'principal'];
const priorities = ['normal', 'low', 'high', 'urgent', 'critical'];

/** Somebody of the staff tells a school, or some roles there, something. The server says what their role may not. */
export function AnnouncementForm({
  school,
  onSent,
}: {
  readonly school: School;
  readonly onSent: () => void;
}): ReactNode {
  const say = schoolWords();
  const [isForAll, setIsForAll] = useState(true);
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const targetRoles = given.getAll('role').map(String);
    if (!isForAll && targetRoles.length === 0) return toast(say.chooseRole, 'bad');
    const body = {
      title: String(given.get('title')),
      message: String(given.get('message')),
      priority: String(given.get('priority')),
      schoolId: school.id,
      ...(!isForAll && { targetRoles }),
    };
    const key = crypto.randomUUID();
    const done = await attempt(() => request('POST', `${api}/broadcast/school`, body, { key }), say.sent);
    if (done === undefined) return;
    form.reset();
    setIsForAll(true);
    onSent();
  }
  return (
    <form className="card stack tight" onSubmit={(event) => void submit(event)}>
      <h2>{say.write}</h2>
      <label className="field">
        {say.subject}
        <input name="title" required maxLength={200} autoComplete="off" />
      </label>
      <label className="field">
        {say.message}
        <textarea name="message" required rows={4} maxLength={2_000} />
      </label>
      <SelectField name="priority" label={say.priority} values={priorities} wordOf={wordOf} />
      <fieldset className="choices">
        <legend>{say.to}</legend>
        <label>
          <input
            type="checkbox"
            checked={isForAll}
            onChange={(event) => setIsForAll(event.currentTarget.checked)}
          />
          {say.everybody}
        </label>
        {!isForAll &&
          roles.map((role) => (
            <label key={role}>
              <input type="checkbox" name="role" value={role} />
              {wordOf(role)}
            </label>
          ))}
      </fieldset>
      <div>
        <button type="submit" className="primary">
          {say.send}
        </button>
      </div>
    </form>
  );
}
