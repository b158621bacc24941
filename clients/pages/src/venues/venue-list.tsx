import type { ReactNode } from 'react';
import { LiveList } from '../shell/client.ts';
import { venueList } from './lists.ts';
import { venueWords } from './words.ts';

/** The venues, one of which can be chosen. */
export function VenueList({
  ownerId,
  chosen,
  onChoose,
  empty,
}: {
  /** Shows the venues of this owner alone. */
  readonly ownerId?: string | undefined;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
  readonly empty: string;
}): ReactNode {
  const say = venueWords();
  return (
    <LiveList
      {...venueList(ownerId)}
      label={say.venues}
      empty={empty}
      row={(venue) => (
        <button
          type="button"
          className="venue-row"
          aria-current={venue.id === chosen ? 'true' : undefined}
          onClick={() => onChoose(venue.id)}
        >
          <span className="venue-name">{venue.name}</span>
          <span className="badge" data-tone={venue.status === 'active' ? 'good' : undefined}>
            {venue.status === 'active' ? say.active : say.inactive}
          </span>
          <span className="muted small venue-address">{venue.address}</span>
        </button>
      )}
    />
  );
}
