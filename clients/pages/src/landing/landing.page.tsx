import './landing.css';
import type { ReactNode } from 'react';
import { facts, serverUrl } from '../shell/facts.ts';
import { language } from '../shell/language.ts';
import { openPublicPage } from '../shell/page.tsx';
import { Console } from './console.tsx';
import { landingWords } from './words.ts';

function Page(): ReactNode {
  const say = landingWords();
  return (
    <div className="stack">
      <p className="cluster">
        <span>{say.runs}</span> <code>{serverUrl}</code>
        {facts.mode === 'insecure' && (
          <span className="badge" data-tone="warn">
            {say.insecure}
          </span>
        )}
      </p>
      <div className="beside landing">
        <div className="stack">
          <Pages />
          <Documents />
        </div>
        <Console />
      </div>
    </div>
  );
}

function Pages(): ReactNode {
  const say = landingWords();
  const pages = facts.pages.filter(({ path }) => !['/', '/asyncapi'].includes(path));
  return (
    <section className="card stack tight" aria-labelledby="pages">
      <h2 id="pages">{say.pages}</h2>
      {pages.length === 0 && <p className="muted">{say.noPages}</p>}
      <ul className="links">
        {pages.map(({ path, title, titleFil }) => (
          <li key={path} className="spread">
            <a href={serverUrl + path}>{(language.value === 'fil' && titleFil) || title}</a>{' '}
            <code className="muted">{path}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Documents(): ReactNode {
  const say = landingWords();
  const documents = { '/openapi': say.openapi, '/asyncapi': say.asyncapi, '/health/ready': say.health };
  return (
    <section className="card stack tight" aria-labelledby="documents">
      <h2 id="documents">{say.documents}</h2>
      <ul className="links">
        {Object.entries(documents).map(([path, title]) => (
          <li key={path} className="spread">
            <a href={serverUrl + path}>{title}</a> <code className="muted">{path}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

openPublicPage({ title: () => landingWords().title, Page });
