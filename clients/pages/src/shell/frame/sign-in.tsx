import { type FormEvent, type ReactNode, useState } from 'react';
import type { DemoPerson } from '../../../../../src/extension/addresses.ts';
import { facts } from '../facts.ts';
import { believesEverybody, endedBecause, sessionOfToken, signIn } from '../session.ts';
import { shellWords } from '../words.ts';

/** Signs in by a token or, where the server believes everybody, by choosing a person. */
export function SignIn(): ReactNode {
  const say = shellWords();
  return (
    <section className="card narrow stack" aria-labelledby="sign-in">
      <h2 id="sign-in">{say.signIn}</h2>
      {endedBecause.value !== undefined && <p role="alert">{endedBecause.value}</p>}
      {believesEverybody ? <People /> : <TokenForm />}
    </section>
  );
}

function TokenForm(): ReactNode {
  const say = shellWords();
  const [isWrong, setWrong] = useState(false);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const given = sessionOfToken(String(new FormData(event.currentTarget).get('token')));
    setWrong(!given);
    if (given) signIn(given);
  }
  return (
    <form className="stack" onSubmit={submit}>
      <p className="muted" id="token-help">
        {say.signInHelp}
      </p>
      <label className="field">
        {say.token}
        <textarea
          name="token"
          rows={4}
          required
          spellCheck={false}
          autoComplete="off"
          aria-describedby="token-help"
        />
      </label>
      {isWrong && <p role="alert">{say.noToken}</p>}
      <button type="submit" className="primary">
        {say.signIn}
      </button>
    </form>
  );
}

function People(): ReactNode {
  const say = shellWords();
  const { people } = facts;
  return (
    <>
      <p className="muted">{say.demoHelp}</p>
      {people.length > 0 && (
        <ul className="people" aria-label={say.demoPeople}>
          {people.map((person) => (
            <li key={`${person.userId} ${person.role}`}>
              <button type="button" onClick={() => signIn(sessionOf(person))}>
                <strong>{person.name}</strong>
                <span className="muted">
                  {person.role} · {person.userId}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>{say.asSomebody}</summary>
        <SomebodyElse />
      </details>
    </>
  );
}

const sessionOf = ({ userId, role, tenants = [] }: DemoPerson) => ({ userId, role, tenants });

function SomebodyElse(): ReactNode {
  const say = shellWords();
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim();
    const tenants = text('tenants').split(',');
    signIn({
      userId: text('userId'),
      role: text('role'),
      tenants: tenants.map((each) => each.trim()).filter((each) => each !== ''),
    });
  }
  return (
    <form className="stack" onSubmit={submit}>
      <label className="field">
        {say.userId}
        <input name="userId" required autoComplete="off" />
      </label>
      <label className="field">
        {say.role}
        <input name="role" required defaultValue={facts.people[0]?.role ?? 'user'} autoComplete="off" />
      </label>
      <label className="field">
        {say.tenants}
        <input name="tenants" autoComplete="off" />
      </label>
      <button type="submit" className="primary">
        {say.signIn}
      </button>
    </form>
  );
}
