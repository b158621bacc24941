import type { ReactNode } from 'react';
import type { Case } from '../../../../src/domains/clinic/model.ts';
import { momentOf } from '../shell/browser/time.ts';
import type { Session } from '../shell/session.ts';
import { type Group, groupOf, isWorker, useCases } from './cases.ts';
import { clinicWords } from './words.ts';

const groups: readonly Group[] = ['yours', 'others', 'closed'];

/** The cases, by whose turn it is. */
export function CaseList({ who, chosen }: { readonly who: Session; readonly chosen: string }): ReactNode {
  const say = clinicWords();
  const { items, changed, error, hasMore, more } = useCases(who);
  const names = {
    yours: say.yours,
    others: isWorker(who) ? say.others : say.othersOfClinician,
    closed: say.closed,
  };
  if (error) return <p role="alert">{error.message}</p>;
  if (!items) return <div aria-busy="true" />;
  return (
    <>
      {groups.map((group) => {
        const own = items.filter((each) => groupOf(each, who) === group);
        return (
          <section key={group} className="stack tight" aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`} className="group">
              {names[group]} <span className="muted number">{own.length}</span>
            </h2>
            {own.length === 0 && <p className="muted small">{say.noCases}</p>}
            <ul className="tambuli-list">
              {own.map((each) => (
                <li key={each.caseId}>
                  <Mark change={changed.get(each.caseId)} />
                  <Row of={each} isChosen={chosen === each.caseId} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      {hasMore && (
        <button type="button" className="quiet" onClick={more}>
          {say.moreCases}
        </button>
      )}
    </>
  );
}

/** A new key each time begins the animation again. */
function Mark({ change }: { readonly change: string | undefined }): ReactNode {
  return change === undefined ? null : <span key={change} className="tambuli-mark" aria-hidden="true" />;
}

function Row({ of, isChosen }: { readonly of: Case; readonly isChosen: boolean }): ReactNode {
  const { caseId, patientName, complaint, village, status, priority, updatedAt } = of;
  return (
    <a
      className="case"
      href={`#case=${encodeURIComponent(caseId)}`}
      data-priority={priority}
      aria-current={isChosen ? 'true' : undefined}
    >
      <span className="case-head">
        <strong>{patientName}</strong>
        <StatusBadge status={status} />
      </span>
      <span className="case-complaint">{complaint}</span>
      <span className="cluster muted small">
        <PriorityBadge priority={priority} />
        {village && <span>{village}</span>}
        <time dateTime={updatedAt}>{momentOf(updatedAt)}</time>
      </span>
    </a>
  );
}

const tones: { readonly [Status in Case['status']]?: string } = {
  FORWARDED: 'accent',
  IN_REVIEW: 'accent',
  REVIEWED: 'good',
};

export function StatusBadge({ status }: Pick<Case, 'status'>): ReactNode {
  return (
    <span className="badge" data-tone={tones[status]}>
      {clinicWords().statuses(status)}
    </span>
  );
}

/** A routine case has none, so that the others stand out. */
export function PriorityBadge({ priority }: Pick<Case, 'priority'>): ReactNode {
  if (priority === 'routine') return null;
  return (
    <span className="badge" data-tone={priority === 'emergency' ? 'bad' : 'warn'}>
      {clinicWords().priorities(priority)}
    </span>
  );
}
