import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { facts } from '../shell/facts.ts';
import { attempt, get, request } from '../shell/rest.ts';
import { believesEverybody, type Session } from '../shell/session.ts';
import { toast } from '../shell/toasts.tsx';
import type { Phone } from './phone.ts';
import { demoWords } from './words.ts';

interface Sessions {
  readonly data: readonly { readonly processId: string }[];
}

interface Venue {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string | null;
}

const many = 20;
/** Ends sessions at the server; where everybody is believed, the demo may say that it is the operator. */
const operator: Session = { userId: 'operator', role: 'admin', tenants: [] };

/** The owner's side: publishes news of a venue, and lets the server end the phones' connections. */
export function Portal({
  who,
  phones,
}: {
  readonly who: Session;
  readonly phones: readonly Phone[];
}): ReactNode {
  const say = demoWords();
  const [venues, setVenues] = useState<readonly Venue[]>([]);
  const [venue, setVenue] = useState('');
  const [number, setNumber] = useState(1);
  useEffect(() => {
    const left = new AbortController();
    void attempt(async () => {
      const { data } = await get<{ data: readonly Venue[] }>('/api/venues', left.signal);
      const own = data.filter(({ ownerId }) => who.role === 'admin' || ownerId === who.userId);
      setVenues(own);
      setVenue(own[0]?.id ?? '');
    });
    return () => left.abort();
  }, [who]);
  const publish = async (description: string) => {
    setNumber((before) => before + 1);
    await request('PATCH', `/api/venues/${encodeURIComponent(venue)}`, { description });
  };
  async function publishMany(): Promise<void> {
    for (let each = 0; each < many; each++) await publish(say.update(number + each));
  }
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('text'));
    void attempt(() => publish(text));
  }
  const as = believesEverybody ? { as: operator } : {};
  const kills = facts.demo?.kills === true;
  async function end(): Promise<void> {
    for (const userId of new Set(phones.map((phone) => phone.userId))) {
      await request('POST', `/api/realtime/users/${encodeURIComponent(userId)}/disconnect`, undefined, as);
    }
  }
  /** Kills the process that has the first phone's connection. */
  async function kill(): Promise<void> {
    const [user = ''] = phones.map((phone) => phone.userId);
    const path = `/api/operate/sessions?user=${encodeURIComponent(user)}&limit=1`;
    const { data } = await request<Sessions>('GET', path, undefined, as);
    const [found] = data;
    if (!found) return end();
    const { processId } = found;
    await request('POST', `/api/demo/processes/${encodeURIComponent(processId)}/kill`, undefined, as);
    toast(say.killed(processId.slice(-8)), 'plain');
  }
  return (
    <section className="card stack tight" aria-labelledby="portal">
      <h2 id="portal">{say.portal}</h2>
      <form className="stack tight" onSubmit={submit}>
        <label className="field">
          {say.venue}
          <select value={venue} onChange={(event) => setVenue(event.currentTarget.value)}>
            {venues.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          {say.news}
          <input
            key={number}
            name="text"
            defaultValue={say.update(number)}
            required
            maxLength={200}
            autoComplete="off"
          />
        </label>
        <div className="cluster">
          <button type="submit" className="primary" disabled={venue === ''}>
            {say.publish}
          </button>
          <button
            type="button"
            disabled={venue === ''}
            onClick={() => void attempt(publishMany, say.published)}
          >
            {say.publishMany(many)}
          </button>
        </div>
      </form>
      <div className="stack tight">
        <button type="button" className="danger" onClick={() => void attempt(kills ? kill : end)}>
          {kills ? say.kill : say.end}
        </button>
        <p className="muted small">{kills ? say.killHelp : say.endHelp}</p>
      </div>
    </section>
  );
}
