import type { ReactNode } from 'react';
import { language } from '../shell/language.ts';
import type { VibeCheck } from './lists.ts';
import { ratingWords, venueWords } from './words.ts';

/** Older ratings say little of how full it is now. */
const recentMs = 2 * 60 * 60 * 1_000;

/** The mean of the ratings of the two hours up to the newest one, as five bars and in words. */
export function Fill({ vibes }: { readonly vibes: readonly VibeCheck[] }): ReactNode {
  const say = venueWords();
  const newest = Math.max(...vibes.map(({ createdAt }) => Date.parse(createdAt)));
  const recent = vibes.filter(({ createdAt }) => Date.parse(createdAt) >= newest - recentMs);
  if (recent.length === 0) return <p className="muted">{say.nobodySaid}</p>;
  const mean = recent.reduce((sum, { rating }) => sum + rating, 0) / recent.length;
  const shown = mean.toLocaleString(language.value, { maximumFractionDigits: 1 });
  return (
    <div className="fill">
      <div className="fill-bars" aria-hidden="true">
        {[1, 2, 3, 4, 5].map((bar) => (
          <span key={bar} data-full={bar <= Math.round(mean) ? '' : undefined} />
        ))}
      </div>
      <p>
        <strong>{ratingWords()[Math.round(mean) - 1]}</strong>{' '}
        <span className="muted small">{say.fillOf(shown, recent.length)}</span>
      </p>
    </div>
  );
}
