import type { ReactNode } from 'react';
import { facts, serverUrl } from '../shell/facts.ts';
import { openPublicPage } from '../shell/page.tsx';
import { landingWords } from './words.ts';

function Page(): ReactNode {
  const say = landingWords();
  const pages = facts.pages.filter(({ path }) => path !== '/');
  return (
    <div className="stack">
      {pages.length > 0 && (
        <section className="card">
          <h2>{say.pages}</h2>
          <ul className="links">
            {pages.map(({ path, title }) => (
              <li key={path}>
                <a href={serverUrl + path}>{title}</a> <code>{path}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className="card">
        <h2>{say.documents}</h2>
        <ul className="links">
          <li>
            <a href={`${serverUrl}/openapi`}>{say.openapi}</a>
          </li>
          <li>
            <a href={`${serverUrl}/health/ready`}>{say.health}</a>
          </li>
        </ul>
      </section>
    </div>
  );
}

openPublicPage({ title: () => landingWords().title, Page });
