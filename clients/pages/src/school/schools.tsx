import { type ReactNode, useEffect, useState } from 'react';
import { useChannel } from '../shell/client.ts';
import { attempt, get, request } from '../shell/rest.ts';
import { schoolWords } from './words.ts';

export interface School {
  readonly id: string;
  readonly name: string;
}

export const api = '/api/v1/realtime';

interface Switched {
  readonly eventType: string;
  readonly payload: { readonly currentSchoolId?: string };
}

/** The schools of this person and the one that they have turned to, on whichever device. */
export function useSchools(): {
  readonly schools: readonly School[] | undefined;
  readonly school: School | undefined;
  readonly turnTo: (school: School) => void;
} {
  const schools = useAllSchools();
  const [id, setId] = useState<string>();
  useChannel('realtime_events', ({ type, data }) => {
    const { eventType, payload } = data as Switched;
    if (type === 'realtime_event' && eventType === 'school_context_switched') setId(payload.currentSchoolId);
  });
  const school = schools?.find((each) => each.id === id) ?? schools?.[0];
  function turnTo(next: School): void {
    setId(next.id);
    // The other devices turn to the school when the event reaches them.
    void attempt(() => request('PUT', `${api}/context`, { schoolId: next.id }));
  }
  return { schools, school, turnTo };
}

interface SchoolsPage {
  readonly data: readonly School[];
  readonly nextCursor: string | null;
}

/** The schools of this person; undefined until they are known. */
export function useAllSchools(): readonly School[] | undefined {
  const [schools, setSchools] = useState<readonly School[]>();
  useEffect(() => {
    const left = new AbortController();
    void attempt(async () => setSchools(await allSchools(left.signal)));
    return () => left.abort();
  }, []);
  return schools;
}

async function allSchools(signal: AbortSignal): Promise<readonly School[]> {
  const found: School[] = [];
  let query = '';
  while (true) {
    const { data, nextCursor } = await get<SchoolsPage>(`${api}/schools${query}`, signal);
    found.push(...data);
    if (nextCursor === null) return found;
    query = `?cursor=${encodeURIComponent(nextCursor)}`;
  }
}

/** The name of the school; a choice where there are several. */
export function SchoolSwitch({
  schools,
  school,
  onTurn,
}: {
  readonly schools: readonly School[];
  readonly school: School;
  readonly onTurn: (school: School) => void;
}): ReactNode {
  const say = schoolWords();
  if (schools.length < 2) return <p className="muted">{say.yourSchool(school.name)}</p>;
  return (
    <label className="field narrow">
      {say.school}
      <select
        value={school.id}
        onChange={({ currentTarget }) => {
          const next = schools.find(({ id }) => id === currentTarget.value);
          if (next) onTurn(next);
        }}
      >
        {schools.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The content of a page for the school that its person has turned to. */
export function AtSchool({ children }: { readonly children: (school: School) => ReactNode }): ReactNode {
  const say = schoolWords();
  const { schools, school, turnTo } = useSchools();
  if (!schools) return <p aria-busy="true" />;
  if (!school) return <p role="alert">{say.noSchool}</p>;
  return (
    <div className="stack">
      <SchoolSwitch schools={schools} school={school} onTurn={turnTo} />
      {children(school)}
    </div>
  );
}
