import { type ReactNode, useState } from 'react';
import { Badge, Priority } from './badge.tsx';
import { type Case, isOver, nameOf, type Rows, timeOf } from './rows.ts';
import { boardWords } from './words.ts';

/** The cases, open ones first; what each says is behind its line. */
export function Cases({
  rows: { items, changed, error, hasMore, more },
}: {
  readonly rows: Rows<Case>;
}): ReactNode {
  const say = boardWords();
  const [sought, setSought] = useState('');
  if (error) return <p role="alert">{error.message}</p>;
  if (!items) return <div aria-busy="true" />;
  const found = items.filter((each) => textOf(each).includes(sought.trim().toLowerCase()));
  const groups = [
    { id: 'open', name: say.open, rows: found.filter((each) => !isOver(each)) },
    { id: 'closed', name: say.closed, rows: found.filter(isOver) },
  ];
  return (
    <section className="stack" aria-labelledby="cases">
      <h2 id="cases">{say.cases}</h2>
      <input
        type="search"
        aria-label={say.filter}
        placeholder={say.filter}
        value={sought}
        onChange={(event) => setSought(event.currentTarget.value)}
      />
      {groups.map(({ id, name, rows }) => (
        <section key={id} className="stack tight" aria-labelledby={`cases-${id}`}>
          <h3 id={`cases-${id}`}>
            {name} <span className="muted number">{rows.length}</span>
          </h3>
          {rows.length === 0 && <p className="muted small">{say.noCases}</p>}
          <ul className="tambuli-list">
            {rows.map((each) => {
              const change = changed.get(String(each.id));
              return (
                <li key={each.id}>
                  {change !== undefined && <span key={change} className="tambuli-mark" aria-hidden="true" />}
                  <CaseRow of={each} />
                </li>
              );
            })}
          </ul>
        </section>
      ))}
      {hasMore && (
        <button type="button" className="quiet" onClick={more}>
          {say.older}
        </button>
      )}
    </section>
  );
}

const textOf = ({ caseNumber, incidentType, complainant, incidentLocation, narrative }: Case) =>
  [caseNumber, incidentType, complainant, incidentLocation, narrative].join(' ').toLowerCase();

export function CaseRow({ of, isOwn = false }: { readonly of: Case; readonly isOwn?: boolean }): ReactNode {
  const say = boardWords();
  const { incidentType, incidentDate, incidentTime, incidentLocation, narrative, complainant } = of;
  const { assignedOfficers: officers, filedBy, status, priority } = of;
  const facts = {
    [say.when]: [incidentDate?.slice(0, 10), timeOf(incidentTime)].filter(Boolean).join(' '),
    [say.where]: incidentLocation,
    [say.complainant]: complainant,
    [say.officers]: typeof officers === 'string' ? officers : officers?.join(', '),
    [say.filedBy]: isOwn || filedBy === null ? undefined : String(filedBy ?? ''),
  };
  return (
    <details className="card blotter" open={isOwn}>
      <summary>
        <span className="blotter-head">
          <strong>{incidentType ?? nameOf(of)}</strong>
          <span className="cluster">
            <Priority of={priority} />
            <Badge of={status} />
          </span>
        </span>
        <span className="muted small number">{nameOf(of)}</span>
      </summary>
      <div className="stack tight">
        {narrative && <p className="narrative">{narrative}</p>}
        <dl className="blotter-facts">
          {Object.entries(facts).map(([name, value]) =>
            value ? (
              <div key={name}>
                <dt className="muted small">{name}</dt>
                <dd>{value}</dd>
              </div>
            ) : null,
          )}
        </dl>
      </div>
    </details>
  );
}
