import type { FormEvent, ReactNode } from 'react';
import { SelectField } from '../shell/frame/select-field.tsx';
import { changeIssue, type Issue, levels, type Organization } from './issues.ts';
import { campusWords, wordOf } from './words.ts';

export interface IssueToolsProps {
  readonly issue: Issue;
  readonly role: Organization['role'];
  readonly isOwn: boolean;
  readonly members: Organization['members'];
}

/** The changes that this person may make; the server decides. */
export function IssueTools({ issue, role, isOwn, members }: IssueToolsProps): ReactNode {
  const say = campusWords();
  const isStaff = role !== 'reporter';
  const isResolved = issue.status === 'resolved';
  const patch = (body: object) => changeIssue(issue, { method: 'PATCH', body }, say.saved);
  function resolve(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const resolution = String(new FormData(event.currentTarget).get('resolution'));
    void changeIssue(issue, { path: '/resolve', body: { resolution } }, say.resolved);
  }
  return (
    <div className="stack tight">
      {(isStaff || isOwn) && (
        <div className="cluster">
          <SelectField
            label={say.priority}
            values={levels}
            wordOf={wordOf}
            value={issue.priority}
            onValue={(priority) => patch({ priority })}
          />
          <SelectField
            label={say.severity}
            values={levels}
            wordOf={wordOf}
            value={issue.severity}
            onValue={(severity) => patch({ severity })}
          />
          {isStaff && (
            <label className="field">
              {say.assignee}
              <select
                value={issue.assigneeId ?? ''}
                onChange={({ currentTarget: { value } }) =>
                  void changeIssue(issue, { path: '/assign', body: { assigneeId: value || null } }, say.saved)
                }
              >
                <option value="">{say.nobody}</option>
                {assigneesOf(members, issue).map((userId) => (
                  <option key={userId}>{userId}</option>
                ))}
              </select>
            </label>
          )}
        </div>
      )}
      {isStaff && !isResolved && (
        <form className="stack tight" onSubmit={resolve}>
          <label className="field">
            {say.resolution}
            <input name="resolution" required maxLength={10_000} autoComplete="off" />
          </label>
          <div className="cluster">
            <button type="submit" className="primary">
              {say.resolve}
            </button>
            {issue.status === 'open' && (
              <button type="button" onClick={() => void patch({ status: 'in_progress' })}>
                {say.begin}
              </button>
            )}
          </div>
        </form>
      )}
      <div className="cluster">
        {isResolved && (isStaff || isOwn) && (
          <button type="button" onClick={() => void patch({ status: 'open' })}>
            {say.reopen}
          </button>
        )}
        {role === 'admin' && (
          <button
            type="button"
            className="danger"
            onClick={() => {
              if (!confirm(say.removeAsk(issue.title))) return;
              void changeIssue(issue, { method: 'DELETE' }, say.saved);
            }}
          >
            {say.remove}
          </button>
        )}
      </div>
    </div>
  );
}

/** Members, and the one who has it although no member any more. */
function assigneesOf(members: Organization['members'], { assigneeId }: Issue): readonly string[] {
  const ids = members.map(({ userId }) => userId);
  return assigneeId === null || ids.includes(assigneeId) ? ids : [assigneeId, ...ids];
}
