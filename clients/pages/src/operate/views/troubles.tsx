import type { ReactNode } from 'react';
import type { Refusal } from '../../../../../src/operate/troubles/model.ts';
import { usePoll } from '../../shell/browser/use-poll.ts';
import { language } from '../../shell/language.ts';
import { sayTime } from '../numbers.ts';
import { type Column, Failure, Loading, Missing, Table } from '../table.tsx';
import { operateWords } from '../words.ts';

interface Answer {
  readonly data: readonly Refusal[];
  readonly silent: readonly string[];
  readonly refusals?: Readonly<Record<string, number>>;
  readonly ended?: Readonly<Record<string, number>>;
}

export function Troubles(): ReactNode {
  const say = operateWords();
  return (
    <div className="stack">
      <Latest title={say.errors} path="/api/operate/errors" />
      <Latest title={say.limits} path="/api/operate/limits" />
    </div>
  );
}

function Latest({ title, path }: { readonly title: string; readonly path: string }): ReactNode {
  const say = operateWords();
  const { answer, error } = usePoll<Answer>(path, 5_000);
  const counts = Object.entries({ ...answer?.refusals, ...answer?.ended });
  const columns: readonly Column<Refusal>[] = [
    { name: say.at, cell: ({ at }) => sayTime(at, language.value) },
    { name: say.code, cell: ({ code, meaning }) => <code title={meaning}>{code}</code> },
    { name: say.user, cell: ({ userId }) => userId ?? say.none },
    { name: say.where, cell: ({ route, channel, transport }) => route ?? channel ?? transport ?? say.none },
    { name: 'request id', cell: ({ requestId }) => requestId ?? say.none },
  ];
  return (
    <div className="card stack">
      <h2>{title}</h2>
      <Failure error={error} />
      {counts.length > 0 && path.endsWith('limits') && (
        <p className="muted small">
          {say.sinceStart}: {counts.map(([name, count]) => `${name} ${count}`).join(' · ')}
        </p>
      )}
      <Missing silent={answer?.silent} />
      {answer ? (
        <Table
          label={title}
          rows={answer.data.slice(0, 100)}
          columns={columns}
          keyOf={({ at, processId, code, requestId, sessionId }) =>
            `${at}${processId}${code}${requestId}${sessionId}`
          }
        />
      ) : (
        !error && <Loading />
      )}
    </div>
  );
}
