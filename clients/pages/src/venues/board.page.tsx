import './venues.css';
import { type ReactNode, useState } from 'react';
import { openPage } from '../shell/page.tsx';
import { VenueList } from './venue-list.tsx';
import { VenueScreen } from './venue-screen.tsx';
import { VibeForm } from './vibe-form.tsx';
import { venueWords } from './words.ts';

function Board(): ReactNode {
  const say = venueWords();
  const [id, setId] = useState<string>();
  return (
    <div className="stack">
      <p className="muted">{say.intro}</p>
      <div className="beside">
        <VenueList chosen={id} onChoose={setId} empty={say.noVenues} />
        <section className="card" aria-label={say.chosen}>
          {id === undefined ? (
            <p className="muted">{say.choose}</p>
          ) : (
            <VenueScreen key={id} id={id} vibeForm={(venue) => <VibeForm venue={venue} />} />
          )}
        </section>
      </div>
    </div>
  );
}

openPage({ title: () => venueWords().board, Page: Board });
