import type { ReactNode } from 'react';
import { CaseRow } from './cases.tsx';
import { type Case, nameOf, useRows } from './rows.ts';
import { boardWords } from './words.ts';

/** The cases that a resident filed, also one that they have just filed. */
export function OwnCases(): ReactNode {
  const say = boardWords();
  const { items, changed, error, hasMore, more } = useRows<Case>('my_cases');
  if (error) return <p role="alert">{error.message}</p>;
  if (!items) return <div aria-busy="true" />;
  return (
    <section className="stack own" aria-labelledby="own">
      <h2 id="own">{say.ownCases}</h2>
      <p className="muted">{items.length === 0 ? say.noOwnCases : say.ownHelp}</p>
      <ul className="tambuli-list">
        {items.map((each) => {
          const change = changed.get(String(each.id));
          return (
            <li key={each.id} aria-label={`${say.cases} ${nameOf(each)}`}>
              {change !== undefined && <span key={change} className="tambuli-mark" aria-hidden="true" />}
              <CaseRow of={each} isOwn={true} />
            </li>
          );
        })}
      </ul>
      {hasMore && (
        <button type="button" className="quiet" onClick={more}>
          {say.older}
        </button>
      )}
    </section>
  );
}
