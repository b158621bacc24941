import './campus.css';
import { type ReactNode, useEffect, useState } from 'react';
import { openPage } from '../shell/page.tsx';
import { attempt, get } from '../shell/rest.ts';
import type { Session } from '../shell/session.ts';
import { IssueForm } from './issue-form.tsx';
import type { Organization } from './issues.ts';
import { LiveHeatmap } from './live-heatmap.tsx';
import { LiveIssueList } from './live-issue-list.tsx';
import { useHeatmap } from './use-heatmap.ts';
import { useNews } from './use-news.ts';
import { campusWords } from './words.ts';

function Campus({ who }: { readonly who: Session }): ReactNode {
  const say = campusWords();
  const [id, setId] = useState(who.tenants[0]);
  const organization = useOrganization(id);
  if (id === undefined) return <p role="alert">{say.noOrganization}</p>;
  return (
    <div className="stack">
      {who.tenants.length > 1 && (
        <label className="field narrow">
          {say.organization}
          <select value={id} onChange={(event) => setId(event.currentTarget.value)}>
            {who.tenants.map((tenant) => (
              <option key={tenant}>{tenant}</option>
            ))}
          </select>
        </label>
      )}
      {organization ? (
        <Board key={organization.id} organization={organization} userId={who.userId} />
      ) : (
        <p aria-busy="true" />
      )}
    </div>
  );
}

function Board({
  organization,
  userId,
}: {
  readonly organization: Organization;
  readonly userId: string;
}): ReactNode {
  const cells = useHeatmap(organization.id);
  const [selected, setSelected] = useState<string>();
  useNews(organization.id, userId);
  const cell = cells?.find(({ properties }) => properties.cell === selected);
  return (
    <div className="beside board">
      <div className="stack">
        {cells ? (
          <LiveHeatmap
            organization={organization}
            cells={cells}
            selected={cell?.properties.cell}
            onSelect={setSelected}
          />
        ) : (
          <p aria-busy="true" />
        )}
        <IssueForm organization={organization} />
      </div>
      <LiveIssueList
        organization={organization}
        userId={userId}
        cell={cell}
        onEverywhere={() => setSelected(undefined)}
      />
    </div>
  );
}

function useOrganization(id: string | undefined): Organization | undefined {
  const [organization, setOrganization] = useState<Organization>();
  useEffect(() => {
    if (id === undefined) return undefined;
    const left = new AbortController();
    void attempt(async () => {
      const query = new URLSearchParams({ organizationId: id });
      const { data } = await get<{ data: Organization }>(`/api/places?${query}`, left.signal);
      setOrganization(data);
    });
    return () => left.abort();
  }, [id]);
  return organization?.id === id ? organization : undefined;
}

openPage({ title: () => campusWords().title, Page: Campus });
