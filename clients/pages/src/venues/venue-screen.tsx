import { type ReactNode, useMemo } from 'react';
import { useLiveList } from '../shell/client.ts';
import { language } from '../shell/language.ts';
import { Fill } from './fill.tsx';
import { type Promotion, screenLists, type Venue, type VibeCheck } from './lists.ts';
import { ratingWords, venueWords } from './words.ts';

export interface VenueScreenProps {
  readonly id: string;
  readonly vibeForm?: (venue: Venue) => ReactNode;
  readonly promotionForm?: (venue: Venue) => ReactNode;
  /** Shown beside a promotion. */
  readonly promotionTools?: (promotion: Promotion) => ReactNode;
  /** Shown at the end. */
  readonly tools?: (venue: Venue) => ReactNode;
}

/** One venue: how full it is, what guests say, and its promotions, each live. */
export function VenueScreen({
  id,
  vibeForm,
  promotionForm,
  promotionTools,
  tools,
}: VenueScreenProps): ReactNode {
  const say = venueWords();
  const lists = useMemo(() => screenLists(id), [id]);
  const found = useLiveList(lists.venue);
  const vibes = useLiveList(lists.vibes);
  const promotions = useLiveList(lists.promotions);
  const error = found.error ?? vibes.error ?? promotions.error;
  if (error) return <p role="alert">{error.message}</p>;
  if (!found.items) return <p aria-busy="true" className="muted" />;
  const [venue] = found.items;
  if (!venue) return <p className="muted">{say.gone}</p>;
  return (
    <div className="stack">
      <div className="stack tight">
        <h2>{venue.name}</h2>
        {venue.status === 'inactive' && (
          <div>
            <span className="badge">{say.inactive}</span>
          </div>
        )}
        {venue.address && <p className="muted">{venue.address}</p>}
        {venue.description && <p>{venue.description}</p>}
      </div>
      <section className="stack tight" aria-busy={vibes.items === undefined}>
        <h3>{say.fill}</h3>
        {vibes.items && <Fill vibes={vibes.items} />}
        {vibeForm?.(venue)}
      </section>
      <section className="stack tight" aria-busy={promotions.items === undefined}>
        <h3>{say.promotions}</h3>
        {promotions.items?.length === 0 && <p className="muted">{say.noPromotions}</p>}
        <ul className="tambuli-list" aria-label={say.promotions}>
          {promotions.items?.map((promotion) => (
            <li key={promotion.id} className="promotion">
              <PromotionRow promotion={promotion} />
              {promotionTools?.(promotion)}
            </li>
          ))}
        </ul>
        {promotionForm?.(venue)}
      </section>
      <section className="stack tight">
        <h3>{say.vibes}</h3>
        <ul className="stack tight" aria-label={say.vibes}>
          {vibes.items?.slice(0, 20).map((vibe) => (
            <li key={vibe.id}>
              <VibeRow vibe={vibe} />
            </li>
          ))}
        </ul>
      </section>
      {tools?.(venue)}
    </div>
  );
}

function PromotionRow({ promotion: { title, description, startDate, endDate } }: { promotion: Promotion }) {
  const say = venueWords();
  const begun = Date.parse(startDate) <= Date.now();
  return (
    <div>
      <p>
        <strong>{title}</strong>{' '}
        <span className="muted small">{begun ? say.until(time(endDate)) : say.from(time(startDate))}</span>
      </p>
      {description && <p className="small">{description}</p>}
    </div>
  );
}

function VibeRow({ vibe: { rating, comment, createdAt } }: { vibe: VibeCheck }) {
  return (
    <p>
      <span className="badge">{ratingWords()[rating - 1]}</span> {comment}{' '}
      <time className="muted small" dateTime={createdAt}>
        {time(createdAt)}
      </time>
    </p>
  );
}

const time = (instant: string): string =>
  new Date(instant).toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' });
