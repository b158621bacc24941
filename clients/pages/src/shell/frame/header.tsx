import type { ReactNode } from 'react';
import { ConnectionStatus } from '../client.ts';
import { serverUrl } from '../facts.ts';
import { choose, type Language, language, languages } from '../language.ts';
import { session, signOut } from '../session.ts';
import { shellWords } from '../words.ts';
import { nextTheme, theme } from './theme.ts';

const signs = { system: '◐', light: '☀', dark: '☾' } as const;

/** The head of every page: where one is, whether it is live, who one is, and how it looks. */
export function Header({
  title,
  isConnected,
}: {
  readonly title: string;
  readonly isConnected: boolean;
}): ReactNode {
  const say = shellWords();
  const who = session.value;
  const themeName = { system: say.themeSystem, light: say.themeLight, dark: say.themeDark }[theme.value];
  return (
    <header className="bar">
      <a className="skip" href="#main">
        {say.toMain}
      </a>
      <div className="bar-title">
        <a className="brand" href={`${serverUrl}/`}>
          Tambuli
        </a>
        <h1>{title}</h1>
        {isConnected && <ConnectionStatus words={say} />}
      </div>
      <div className="bar-tools">
        {who && (
          <span className="who">
            <strong>{who.userId}</strong> <span className="muted">{who.role}</span>
          </span>
        )}
        {who && (
          <button type="button" className="quiet" onClick={() => signOut()}>
            {say.signOut}
          </button>
        )}
        <select
          aria-label={say.language}
          value={language.value}
          onChange={(event) => choose(event.currentTarget.value as Language)}
        >
          {Object.entries(languages).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="quiet icon"
          aria-label={themeName}
          title={themeName}
          onClick={nextTheme}
        >
          <span aria-hidden="true">{signs[theme.value]}</span>
        </button>
      </div>
    </header>
  );
}
