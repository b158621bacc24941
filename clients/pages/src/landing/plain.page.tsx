import { type ReactNode, useEffect, useState } from 'react';
import { openPublicPage } from '../shell/page.tsx';
import { get } from '../shell/rest.ts';
import { plainWords } from './words.ts';

type Readiness = 'asking' | 'ready' | 'busy';

function Page(): ReactNode {
  const say = plainWords();
  const [readiness, setReadiness] = useState<Readiness>('asking');
  useEffect(() => {
    const left = new AbortController();
    const ask = () =>
      get('/health/ready', left.signal).then(
        () => setReadiness('ready'),
        () => left.signal.aborted || setReadiness('busy'),
      );
    void ask();
    const timer = setInterval(ask, 10_000);
    return () => {
      clearInterval(timer);
      left.abort();
    };
  }, []);
  return (
    <section className="card narrow stack">
      <p role="status" className="tambuli-connection" data-kind={readiness === 'ready' ? 'live' : 'waiting'}>
        {say[readiness]}
      </p>
      <p className="muted">{say.what}</p>
    </section>
  );
}

openPublicPage({ title: () => plainWords().title, Page });
