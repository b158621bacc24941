import type { FormEvent, ReactNode } from 'react';
import { attempt, request } from '../shell/rest.ts';
import type { Venue } from './lists.ts';
import { venueWords } from './words.ts';

/** The details of a venue: of a new one without `venue`. */
export function VenueForm({ venue }: { readonly venue?: Venue }): ReactNode {
  const say = venueWords();
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const body = Object.fromEntries(new FormData(form));
    const key = crypto.randomUUID();
    const done = venue
      ? await attempt(() => request('PATCH', pathOf(venue), body, { key }), say.saved)
      : await attempt(() => request('POST', '/api/venues', body, { key }), say.added);
    if (done !== undefined && !venue) form.reset();
  }
  return (
    <form className="stack tight" onSubmit={(event) => void submit(event)}>
      <label className="field">
        {say.name}
        <input name="name" required maxLength={200} defaultValue={venue?.name ?? ''} autoComplete="off" />
      </label>
      <label className="field">
        {say.address}
        <input name="address" maxLength={500} defaultValue={venue?.address ?? ''} autoComplete="off" />
      </label>
      <label className="field">
        {say.description}
        <textarea name="description" rows={3} maxLength={10_000} defaultValue={venue?.description ?? ''} />
      </label>
      <div className="cluster">
        <button type="submit" className="primary">
          {venue ? say.save : say.add}
        </button>
      </div>
    </form>
  );
}

/** Opens or closes a venue for its guests. */
export function OpenOrClose({ venue }: { readonly venue: Venue }): ReactNode {
  const say = venueWords();
  const status = venue.status === 'active' ? 'inactive' : 'active';
  return (
    <button
      type="button"
      onClick={() => void attempt(() => request('PATCH', pathOf(venue), { status }), say.saved)}
    >
      {status === 'active' ? say.open : say.close}
    </button>
  );
}

const pathOf = ({ id }: Venue): string => `/api/venues/${encodeURIComponent(id)}`;
