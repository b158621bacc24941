import './venues.css';
import { type ReactNode, useState } from 'react';
import { openPage } from '../shell/page.tsx';
import type { Session } from '../shell/session.ts';
import type { Venue } from './lists.ts';
import { EndPromotion, PromotionForm } from './promotion-form.tsx';
import { OpenOrClose, VenueForm } from './venue-form.tsx';
import { VenueList } from './venue-list.tsx';
import { VenueScreen } from './venue-screen.tsx';
import { venueWords } from './words.ts';

function Owner({ who }: { readonly who: Session }): ReactNode {
  const say = venueWords();
  // An administrator keeps every venue.
  const ownerId = who.role === 'admin' ? undefined : who.userId;
  const [id, setId] = useState<string>();
  return (
    <div className="beside">
      <div className="stack">
        <VenueList ownerId={ownerId} chosen={id} onChoose={setId} empty={say.noneOfYours} />
        <details className="card">
          <summary>{say.add}</summary>
          <VenueForm />
        </details>
      </div>
      <section className="card" aria-label={say.chosen}>
        {id === undefined ? (
          <p className="muted">{say.chooseOwn}</p>
        ) : (
          <VenueScreen
            key={id}
            id={id}
            promotionForm={(venue) => <PromotionForm venue={venue} />}
            promotionTools={(promotion) => <EndPromotion promotion={promotion} />}
            tools={(venue) => <OwnerTools venue={venue} />}
          />
        )}
      </section>
    </div>
  );
}

function OwnerTools({ venue }: { readonly venue: Venue }): ReactNode {
  const say = venueWords();
  return (
    <div className="stack">
      <details>
        <summary>{say.details}</summary>
        <VenueForm venue={venue} />
      </details>
      <div>
        <OpenOrClose venue={venue} />
      </div>
    </div>
  );
}

openPage({ title: () => venueWords().owner, Page: Owner });
