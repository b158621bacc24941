import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import type * as model from '../../../../src/domains/school/reach/reach-model.ts';
import { attempt, get, request } from '../shell/rest.ts';
import { api } from './schools.tsx';
import { schoolWords, wordOf } from './words.ts';

type Preferences = (typeof model.Preferences)['static']['data'];

const choices = ['now', 'digest', 'off'];
/** These reach the open page itself, or another program. */
const notChosen = ['websocket', 'webhook'];

/** The hours in which this person is left alone, and the ways by which they are reached when they are away. */
export function ReachPreferences(): ReactNode {
  const say = schoolWords();
  const [found, setFound] = useState<Preferences>();
  useEffect(() => {
    const left = new AbortController();
    void attempt(async () => {
      const { data } = await get<{ data: Preferences }>(`${api}/preferences`, left.signal);
      setFound(data);
    });
    return () => left.abort();
  }, []);
  if (!found) return <p aria-busy="true" />;
  const { methods, quietHours, digestAt, timeZone } = found;
  // Choices for single types of events stay as they are.
  const ofTypes = found.choices.filter(({ eventType }) => eventType !== '*');
  const choiceOf = (method: string) =>
    found.choices.find((each) => each.eventType === '*' && each.method === method)?.choice ?? 'now';
  const offered = methods.filter((method) => !notChosen.includes(method));
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? '');
    const [from, to] = [text('from'), text('to')];
    const body = {
      timeZone: text('timeZone'),
      digestAt: text('digestAt'),
      quietHours: from && to ? { from, to } : null,
      choices: [
        ...ofTypes,
        ...offered.map((method) => ({ eventType: '*', method, choice: text(`method-${method}`) })),
      ],
    };
    void attempt(() => request('PUT', `${api}/preferences`, body), say.saved);
  }
  return (
    <details className="card">
      <summary>{say.reach}</summary>
      <form className="stack tight" onSubmit={submit}>
        <p className="muted small">{say.reachHelp}</p>
        <div className="cluster">
          <label className="field">
            {say.quietFrom}
            <input type="time" name="from" defaultValue={quietHours?.from ?? ''} />
          </label>
          <label className="field">
            {say.quietTo}
            <input type="time" name="to" defaultValue={quietHours?.to ?? ''} />
          </label>
          <label className="field">
            {say.digestAt}
            <input type="time" name="digestAt" required defaultValue={digestAt} />
          </label>
          <label className="field">
            {say.timeZone}
            <input name="timeZone" required maxLength={60} defaultValue={timeZone} autoComplete="off" />
          </label>
        </div>
        {offered.map((method) => (
          <label key={method} className="field">
            {method}
            <select name={`method-${method}`} defaultValue={choiceOf(method)}>
              {choices.map((choice) => (
                <option key={choice} value={choice}>
                  {wordOf(choice)}
                </option>
              ))}
            </select>
          </label>
        ))}
        <div>
          <button type="submit" className="primary">
            {say.save}
          </button>
        </div>
      </form>
    </details>
  );
}
