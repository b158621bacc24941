import type { FormEvent, ReactNode } from 'react';
import { SelectField } from '../shell/frame/select-field.tsx';
import { attempt, request } from '../shell/rest.ts';
import type { Promotion, Venue } from './lists.ts';
import { venueWords } from './words.ts';

const hour = 60 * 60 * 1_000;
const pathOf = (venueId: string) => `/api/venues/${encodeURIComponent(venueId)}/promotions`;

/** An owner announces something that begins now. */
export function PromotionForm({ venue }: { readonly venue: Venue }): ReactNode {
  const say = venueWords();
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const now = Date.now();
    const body = {
      title: String(given.get('title')),
      description: String(given.get('description')),
      startDate: new Date(now).toISOString(),
      endDate: new Date(now + Number(given.get('hours')) * hour).toISOString(),
    };
    const key = crypto.randomUUID();
    const done = await attempt(() => request('POST', pathOf(venue.id), body, { key }), say.added);
    if (done !== undefined) form.reset();
  }
  return (
    <details>
      <summary>{say.addPromotion}</summary>
      <form className="stack tight" onSubmit={(event) => void submit(event)}>
        <label className="field">
          {say.title}
          <input name="title" required maxLength={200} autoComplete="off" />
        </label>
        <label className="field">
          {say.description}
          <textarea name="description" rows={2} maxLength={10_000} />
        </label>
        <SelectField
          name="hours"
          label={say.ends}
          values={[1, 2, 4, 8, 24]}
          wordOf={(hours) => say.hours(Number(hours))}
        />
        <div>
          <button type="submit" className="primary">
            {say.publish}
          </button>
        </div>
      </form>
    </details>
  );
}

/** Ends a promotion. */
export function EndPromotion({ promotion }: { readonly promotion: Promotion }): ReactNode {
  const say = venueWords();
  const path = `${pathOf(promotion.venueId)}/${encodeURIComponent(promotion.id)}`;
  async function end(): Promise<void> {
    await attempt(() => request('PATCH', path, { endDate: new Date().toISOString() }), say.ended);
  }
  return (
    <button
      type="button"
      className="danger"
      aria-label={say.endOf(promotion.title)}
      onClick={() => void end()}
    >
      {say.end}
    </button>
  );
}
