import type { ReactNode } from 'react';
import { LiveList } from '../shell/client.ts';
import { openPage } from '../shell/page.tsx';
import { get } from '../shell/rest.ts';
import { demoWords } from './words.ts';

interface Venue {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

interface VenuePage {
  readonly data: readonly Venue[];
  readonly position: string;
}

function Page(): ReactNode {
  const say = demoWords();
  return (
    <section className="card stack" aria-labelledby="venues">
      <h2 id="venues">{say.venues}</h2>
      <LiveList<Venue>
        label={say.venues}
        empty={say.noVenues}
        channel="venue_updates"
        getPage={(signal) => get<VenuePage>('/api/venues', signal)}
        keyOf={({ id }) => id}
        change={({ eventType, data }) =>
          eventType === 'deleted' ? { remove: (data as Venue).id } : { put: data as Venue }
        }
        row={({ name, description }) => (
          <>
            <h3>{name}</h3>
            <p className="muted">{description}</p>
          </>
        )}
      />
    </section>
  );
}

openPage({ title: () => demoWords().title, Page });
