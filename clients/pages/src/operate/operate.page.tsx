import './operate.css';
import { type ReactNode, useEffect, useState } from 'react';
import { openPage } from '../shell/page.tsx';
import { AtAGlance } from './overview.tsx';
import { linkTo, route } from './route.ts';
import { Failure, Loading } from './table.tsx';
import { operateWords } from './words.ts';

type View = (props: { readonly about: string | undefined }) => ReactNode;

interface Tab {
  readonly name: (say: ReturnType<typeof operateWords>) => string;
  /** Brings the view, which the first screen does without. */
  readonly load: () => Promise<View>;
}

const tabs: Readonly<Record<string, Tab>> = {
  overview: { name: (say) => say.overview, load: async () => AtAGlance },
  processes: {
    name: (say) => say.processes,
    load: async () => (await import('./views/processes.tsx')).Processes,
  },
  channels: {
    name: (say) => say.channels,
    load: async () => (await import('./views/channels.tsx')).Channels,
  },
  sessions: {
    name: (say) => say.sessions,
    load: async () => (await import('./views/sessions.tsx')).Sessions,
  },
  people: { name: (say) => say.person, load: async () => (await import('./views/people.tsx')).People },
  waiting: { name: (say) => say.waiting, load: async () => (await import('./views/waiting.tsx')).Waiting },
  troubles: {
    name: (say) => say.troubles,
    load: async () => (await import('./views/troubles.tsx')).Troubles,
  },
  why: { name: (say) => say.why, load: async () => (await import('./views/why.tsx')).Why },
};

function Page(): ReactNode {
  const say = operateWords();
  const { view, about } = route.value;
  const shown = Object.hasOwn(tabs, view) ? view : 'overview';
  return (
    <div className="stack">
      <nav className="cluster operate-tabs" aria-label={say.views}>
        {Object.entries(tabs).map(([each, { name }]) => (
          <a key={each} href={linkTo(each)} aria-current={each === shown ? 'page' : undefined}>
            {name(say)}
          </a>
        ))}
      </nav>
      <Loaded key={shown} load={tabs[shown]?.load} about={about} />
    </div>
  );
}

function Loaded({
  load,
  about,
}: {
  readonly load: Tab['load'] | undefined;
  readonly about: string | undefined;
}): ReactNode {
  const [Shown, setShown] = useState<View>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    load?.().then((view) => setShown(() => view), setError);
  }, [load]);
  if (error) return <Failure error={error} />;
  return Shown ? <Shown about={about} /> : <Loading />;
}

openPage({ title: () => operateWords().title, Page });
