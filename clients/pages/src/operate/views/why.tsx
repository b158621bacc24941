import { type FormEvent, type ReactNode, useState } from 'react';
import type { Why as Answer, Finding } from '../../../../../src/operate/why/model.ts';
import { language } from '../../shell/language.ts';
import { get } from '../../shell/rest.ts';
import { sayTime, shortId } from '../numbers.ts';
import { type Column, Failure, Missing, Table } from '../table.tsx';
import { operateWords } from '../words.ts';

/** The question of an operator, and what is known. */
export function Why(): ReactNode {
  const say = operateWords();
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  async function ask(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = [...new FormData(event.currentTarget)].map(
      ([name, text]) => [name, String(text).trim()] as const,
    );
    const query = new URLSearchParams(
      form.filter(([, text]) => text !== '').map(([name, text]) => [name, text]),
    );
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await get<Answer>(`/api/operate/why?${query}`));
    } catch (thrown) {
      setAnswer(undefined);
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    setBusy(false);
  }
  const fields = {
    user: say.askUser,
    channel: say.askChannel,
    at: say.askAt,
    event: say.askEvent,
    asRole: say.askRole,
  };
  return (
    <div className="stack">
      <form
        className="card stack narrow"
        aria-busy={isBusy || undefined}
        onSubmit={(event) => void ask(event)}
      >
        <h2>{say.why}</h2>
        {Object.entries(fields).map(([name, label]) => (
          <label key={name} className="field">
            {label}
            <input name={name} required={name === 'user'} autoComplete="off" />
          </label>
        ))}
        <button type="submit" className="primary">
          {say.ask}
        </button>
      </form>
      <Failure error={error} />
      {answer && <Found answer={answer} />}
    </div>
  );
}

function Found({ answer: why }: { readonly answer: Answer }): ReactNode {
  const say = operateWords();
  const columns: readonly Column<Finding>[] = [
    { name: say.at, cell: ({ at }) => sayTime(at, language.value) },
    { name: say.findings, cell: ({ text }) => text },
    {
      name: say.process,
      cell: ({ processId }) => (processId ? <code>{shortId(processId)}</code> : say.none),
    },
  ];
  return (
    <div className="card stack">
      <p>
        <span className="badge" data-tone={why.cause === 'has_it' || why.cause === 'sent' ? 'good' : 'warn'}>
          {why.cause}
        </span>
      </p>
      <p className="figure" role="status">
        {why.answer}
      </p>
      {why.rule && why.identity.from !== 'nothing' && (
        <p className="muted">
          {say.rule}: {why.rule.because}
        </p>
      )}
      <Missing silent={why.silent} />
      <Table
        label={say.findings}
        rows={why.findings}
        columns={columns}
        keyOf={({ at, text, sessionId }) => `${at}${text}${sessionId}`}
      />
      {why.unknown.length > 0 && (
        <>
          <h3>{say.unknown}</h3>
          <ul>
            {why.unknown.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
