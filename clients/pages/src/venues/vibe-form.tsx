import type { FormEvent, ReactNode } from 'react';
import { attempt, request } from '../shell/rest.ts';
import type { Venue } from './lists.ts';
import { ratingWords, venueWords } from './words.ts';

/** A guest says how full a venue is. */
export function VibeForm({ venue }: { readonly venue: Venue }): ReactNode {
  const say = venueWords();
  if (venue.status === 'inactive') return <p className="muted">{say.closedHelp}</p>;
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const body = { rating: Number(given.get('rating')), comment: String(given.get('comment')) };
    const path = `/api/venues/${encodeURIComponent(venue.id)}/vibe-checks`;
    const key = crypto.randomUUID();
    const done = await attempt(() => request('POST', path, body, { key }), say.sent);
    if (done !== undefined) form.reset();
  }
  return (
    <form className="stack tight" onSubmit={(event) => void submit(event)}>
      <fieldset className="choices">
        <legend>{say.say}</legend>
        {ratingWords().map((word, index) => (
          <label key={word}>
            <input type="radio" name="rating" value={index + 1} required />
            {word}
          </label>
        ))}
      </fieldset>
      <label className="field">
        {say.comment}
        <input name="comment" maxLength={1_000} autoComplete="off" />
      </label>
      <div>
        <button type="submit" className="primary">
          {say.send}
        </button>
      </div>
    </form>
  );
}
