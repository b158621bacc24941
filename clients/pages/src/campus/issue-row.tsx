import { type ReactNode, useState } from 'react';
import { language } from '../shell/language.ts';
import { IssueTools } from './issue-tools.tsx';
import type { Issue, Level, Organization } from './issues.ts';
import { campusWords, wordOf } from './words.ts';

const tones: Readonly<Record<Level, string | undefined>> = {
  low: undefined,
  medium: 'accent',
  high: 'warn',
  critical: 'bad',
};

export interface IssueRowProps {
  readonly issue: Issue;
  readonly organization: Organization;
  readonly userId: string;
}

/** One issue at a glance; opened, also what this person may do with it. */
export function IssueRow({ issue, organization, userId }: IssueRowProps): ReactNode {
  const say = campusWords();
  const [isOpen, setIsOpen] = useState(false);
  const { title, severity, priority, status, category, description, reportedBy, assigneeId } = issue;
  return (
    <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="issue">
        <span className="issue-title">{title}</span>
        <span className="badge" data-tone={tones[priority]} title={say.priorityOf(wordOf(priority))}>
          {wordOf(priority)}
        </span>
        <span className="badge" data-tone={status === 'resolved' ? 'good' : undefined}>
          {wordOf(status)}
        </span>
        <span className="muted small issue-facts">
          {[
            placeOf(issue, organization),
            wordOf(category),
            say.severityOf(wordOf(severity)),
            assigneeId !== null && say.assignedTo(assigneeId),
          ]
            .filter((fact) => fact !== false)
            .join(' · ')}
        </span>
      </summary>
      {isOpen && (
        <div className="stack tight issue-body">
          {description && <p>{description}</p>}
          {issue.resolution !== null && <p>{issue.resolution}</p>}
          <p className="muted small">
            {say.reportedBy(reportedBy)} ·{' '}
            <time dateTime={issue.createdAt}>
              {new Date(issue.createdAt).toLocaleString(language.value, {
                dateStyle: 'medium',
                timeStyle: 'short',
              })}
            </time>
          </p>
          <IssueTools
            issue={issue}
            role={organization.role}
            isOwn={reportedBy === userId}
            members={organization.members}
          />
        </div>
      )}
    </details>
  );
}

function placeOf({ campusId, buildingId }: Issue, { campuses }: Organization): string {
  const campus = campuses.find(({ id }) => id === campusId);
  const building = campus?.buildings.find(({ id }) => id === buildingId);
  return building?.name ?? campus?.name ?? campusId;
}
