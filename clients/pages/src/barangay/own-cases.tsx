import { type ReactNode, useEffect, useState } from 'react';
import type { CaseRow as OneCase, OwnCaseList } from '../../../../src/domains/barangay/model.ts';
import { useChannel, useSnapshot } from '../shell/client.ts';
import { attempt, get, RestError } from '../shell/rest.ts';
import { CaseRow } from './cases.tsx';
import { type Case, nameOf } from './rows.ts';
import { boardWords } from './words.ts';

type Page = (typeof OwnCaseList)['static'];
type Answer = (typeof OneCase)['static'];

/** The cases that a resident filed. They have no channel for new ones, so a notification, or a look at the page, asks. */
export function OwnCases(): ReactNode {
  const say = boardWords();
  const [ids, setIds] = useState<readonly number[] | undefined>(undefined);
  const [asked, setAsked] = useState(0);
  useChannel('notifications', () => setAsked((before) => before + 1));
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && setAsked((before) => before + 1);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each question is a new one.
  useEffect(() => {
    void attempt(async () => {
      const { data } = await get<Page>('/api/barangay/cases/own?limit=500');
      setIds(data.map(({ id }) => Number(id)));
    });
  }, [asked]);
  if (!ids) return <div aria-busy="true" />;
  return (
    <section className="stack own" aria-labelledby="own">
      <h2 id="own">{say.ownCases}</h2>
      <p className="muted">{ids.length === 0 ? say.noOwnCases : say.ownHelp}</p>
      <ul className="tambuli-list">
        {ids.map((id) => (
          <OwnCase key={id} id={id} />
        ))}
      </ul>
    </section>
  );
}

/** One case, kept up to date by its own channel. */
function OwnCase({ id }: { readonly id: number }): ReactNode {
  const say = boardWords();
  const { data, position } = useSnapshot<string, Case | null>(
    `case:${id}`,
    async (signal) => {
      try {
        const { data, ...at } = await get<Answer>(`/api/barangay/cases/${id}`, signal);
        return { data: data as unknown as Case, ...at };
      } catch (error) {
        if (error instanceof RestError && error.status === 404) return { data: null };
        throw error;
      }
    },
    (before, { type, eventType, data }) => {
      if (type !== 'case_update') return before;
      return eventType === 'deleted' ? null : (data as Case);
    },
  );
  if (data === null) return null;
  if (!data) return <li aria-busy="true" />;
  return (
    <li aria-label={`${say.cases} ${nameOf(data)}`}>
      <span key={position} className="tambuli-mark" aria-hidden="true" />
      <CaseRow of={data} isOwn={true} />
    </li>
  );
}
