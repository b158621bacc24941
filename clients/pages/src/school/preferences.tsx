import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import type * as model from '../../../../src/domains/school/reach/reach-model.ts';
import { SelectField } from '../shell/frame/select-field.tsx';
import { attempt, get, request } from '../shell/rest.ts';
import { api } from './schools.tsx';
import { type Choice, choiceOf, choicesAfter, type EventType, TypeChoices } from './type-choices.tsx';
import { methodWord, schoolWords, wordOf } from './words.ts';

type Preferences = (typeof model.Preferences)['static']['data'];

const ways = ['now', 'digest', 'off'];
/** These reach the open page itself, or another program. */
const notChosen = ['websocket', 'webhook'];

/** The hours in which this person is left alone, and the ways by which they are reached when they are away. */
export function ReachPreferences(): ReactNode {
  const say = schoolWords();
  const [found, setFound] = useState<Preferences>();
  const [types, setTypes] = useState<readonly EventType[]>([]);
  useEffect(() => {
    const left = new AbortController();
    void attempt(async () => {
      const [preferences, eventTypes] = await Promise.all([
        get<{ data: Preferences }>(`${api}/preferences`, left.signal),
        get<{ data: EventType[] }>(`${api}/event-types`, left.signal),
      ]);
      setTypes(eventTypes.data.filter(({ isActive }) => isActive));
      setFound(preferences.data);
    });
    return () => left.abort();
  }, []);
  if (!found) return <p aria-busy="true" />;
  const { choices: before, quietHours, digestAt, timeZone } = found;
  const methods = found.methods.filter((method) => !notChosen.includes(method));
  const byType = { types, methods, choices: before };
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? '');
    const [from, to] = [text('from'), text('to')];
    const general = methods.map((method) => ({
      eventType: '*',
      method,
      choice: text(`method-${method}`) as Choice['choice'],
    }));
    const choices = [...choicesAfter(byType, given, general)];
    const body = {
      timeZone: text('timeZone'),
      digestAt: text('digestAt'),
      quietHours: from && to ? { from, to } : null,
      choices,
    };
    const done = await attempt(() => request('PUT', `${api}/preferences`, body), say.saved);
    if (done !== undefined) setFound((last) => last && { ...last, choices });
  }
  return (
    <details className="card">
      <summary>{say.reach}</summary>
      <form className="stack tight" onSubmit={(event) => void submit(event)}>
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
        {methods.map((method) => (
          <SelectField
            key={method}
            name={`method-${method}`}
            label={methodWord(method)}
            values={ways}
            wordOf={wordOf}
            defaultValue={choiceOf(before, '*', method)}
          />
        ))}
        <TypeChoices key={JSON.stringify(before)} {...byType} />
        <div>
          <button type="submit" className="primary">
            {say.save}
          </button>
        </div>
      </form>
    </details>
  );
}
