import { type ReactNode, useState } from 'react';
import { createHexMap, useLiveList } from '../shell/client.ts';
import { IssueRow } from './issue-row.tsx';
import { type Issue, issueList, type Organization } from './issues.ts';
import type { Cell } from './use-heatmap.ts';
import { campusWords } from './words.ts';

export interface LiveIssueListProps {
  readonly organization: Organization;
  readonly userId: string;
  /** Shows the issues in this hexagon alone. */
  readonly cell: Cell | undefined;
  readonly onEverywhere: () => void;
}

/** The issues of an organization, which change by themselves. */
export function LiveIssueList({ organization, userId, cell, onEverywhere }: LiveIssueListProps): ReactNode {
  const say = campusWords();
  const [isAll, setIsAll] = useState(false);
  const [place, setPlace] = useState('');
  const { items, changed, error } = useLiveList(issueList(organization.id));
  const shown = items?.filter(
    (issue) =>
      (isAll || issue.status !== 'resolved') &&
      (place === '' || issue.campusId === place || issue.buildingId === place) &&
      (!cell || isIn(cell, issue)),
  );
  return (
    <section className="stack" aria-labelledby="issues">
      <div className="spread">
        <h2 id="issues">{say.issues}</h2>
        <div className="cluster">
          <select
            aria-label={say.place}
            value={place}
            onChange={(event) => setPlace(event.currentTarget.value)}
          >
            <option value="">{say.anyPlace}</option>
            {organization.campuses.map((campus) => (
              <optgroup key={campus.id} label={campus.name}>
                <option value={campus.id}>{campus.name}</option>
                {campus.buildings.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
          <select
            aria-label={say.show}
            value={isAll ? 'all' : 'unresolved'}
            onChange={(event) => setIsAll(event.currentTarget.value === 'all')}
          >
            <option value="unresolved">{say.unresolved}</option>
            <option value="all">{say.all}</option>
          </select>
          {cell && (
            <button type="button" onClick={onEverywhere}>
              {say.everywhere}
            </button>
          )}
        </div>
      </div>
      {error && <p role="alert">{error.message}</p>}
      {!shown && !error && <p aria-busy="true" />}
      {shown?.length === 0 && <p className="tambuli-empty">{say.noIssues}</p>}
      <ul className="tambuli-list" aria-label={say.issues}>
        {shown?.map((issue) => (
          <li key={issue.id} className="card">
            {changed.has(issue.id) && (
              <span key={changed.get(issue.id)} className="tambuli-mark" aria-hidden="true" />
            )}
            <IssueRow issue={issue} organization={organization} userId={userId} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** True of an issue that lies in the hexagon, by the outline that the server gave it. */
function isIn(cell: Cell, { location: { lat, lng } }: Issue): boolean {
  const map = createHexMap({ cells: [cell], width: 100, height: 100 });
  return map.cellAt(...map.project([lng, lat])) !== undefined;
}
