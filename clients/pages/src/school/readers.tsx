import type { ReactNode } from 'react';
import type * as model from '../../../../src/domains/school/supervision/supervision-model.ts';
import { language } from '../shell/language.ts';
import { api } from './schools.tsx';
import { usePolled } from './use-polled.ts';
import { schoolWords, statusWord } from './words.ts';

type Answer = (typeof model.Readers)['static'];
export type Raised = (typeof model.RaisedEvents)['static']['data'][number];

const pauseMs = 3_000;
/** Pages that watch the same announcement share what the server has read in this time. */
const maxAgeMs = 2_000;

/** The people whom an announcement was for, and what became of it for each. */
export function Readers({ event }: { readonly event: Raised }): ReactNode {
  const say = schoolWords();
  const path = `${api}/events/${event.id}/readers?limit=200&maxAgeMs=${maxAgeMs}`;
  const { answer } = usePolled<Answer>(path, pauseMs);
  return (
    <div className="stack">
      <div className="stack tight">
        <h2>{event.title}</h2>
        <p>{event.message}</p>
      </div>
      {answer ? (
        <>
          <div className="stack tight">
            <p className="figure">{say.readBy(answer.read, answer.recipients)}</p>
            {answer.acknowledged > 0 && <p className="muted">{say.confirmedBy(answer.acknowledged)}</p>}
            <progress aria-label={say.chosen} value={answer.read} max={Math.max(1, answer.recipients)} />
          </div>
          <table>
            <thead>
              <tr>
                <th scope="col">{say.person}</th>
                <th scope="col">{say.status}</th>
                <th scope="col">{say.when}</th>
              </tr>
            </thead>
            <tbody>
              {answer.data.map(({ userId, status, deliveredAt, readAt, acknowledgedAt }) => (
                <tr key={userId}>
                  <td>{userId}</td>
                  <td>
                    <span className="badge" data-tone={/^(read|ack)/.test(status) ? 'good' : undefined}>
                      {statusWord(status)}
                    </span>
                  </td>
                  <td className="muted small">{timeOf(acknowledgedAt ?? readAt ?? deliveredAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : (
        <p aria-busy="true" />
      )}
    </div>
  );
}

const timeOf = (instant: string | null): string =>
  instant === null
    ? schoolWords().nothing
    : new Date(instant).toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' });
